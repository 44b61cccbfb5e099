import { formatMinorUnits, parseDecimal } from '../core/money.ts'
import type { Value } from './document.ts'
import type { Frame, Row } from './source.ts'

/** Cell as text, null when absent. */
export function cell(row: Row | undefined, name: string): Value {
  const value = row?.[name]
  return value === null || value === undefined ? null : String(value)
}

/** Cell of a ratio as number, null when absent. */
export function number(row: Row | undefined, name: string): number | null {
  const value = row?.[name]
  return typeof value === 'number' && Number.isFinite(value) ? value : null
}

/** The rows in the frame's currency. */
export function mine(rows: readonly Row[], { currency }: Pick<Frame, 'currency'>): readonly Row[] {
  return rows.filter((row) => (row['billing_currency'] ?? row['currency']) === currency)
}

const digits = 15

/** Exact sum of decimal texts; null when none is known. */
export function total(values: readonly Value[]): Value {
  const known = values.filter((value) => value !== null)
  if (known.length === 0) return null
  return formatMinorUnits(
    known.reduce((sum, value) => sum + units(value), 0n),
    digits,
  )
}

/** `a − b`, exactly; null when either is unknown. */
export function difference(a: Value, b: Value): Value {
  return a === null || b === null ? null : formatMinorUnits(units(a) - units(b), digits)
}

/** Percent of the magnitude of `base`; null without one. */
export function percentOf(part: Value, base: Value): Value {
  if (part === null || base === null) return null
  const ratio = (100 * Number(part)) / Math.abs(Number(base))
  return Number.isFinite(ratio) ? String(ratio) : null
}

/** Share of `base`; null without one. */
export function ratioOf(part: Value, base: Value): Value {
  if (part === null || base === null) return null
  const ratio = Number(part) / Number(base)
  return Number.isFinite(ratio) ? String(ratio) : null
}

/** Orders decimal texts by size, largest first, unknown ones last. */
export function bySize(a: Value, b: Value): number {
  if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1
  const [left, right] = [units(a), units(b)]
  return left === right ? 0 : left > right ? -1 : 1
}

export function magnitude(value: Value): Value {
  return value === null ? null : value.replace(/^[+-]/, '')
}

export const isZero = (value: Value) => value !== null && !/[1-9]/.test(value)

function units(value: string): bigint {
  const { numerator, denominator } = parseDecimal(value)
  return (numerator * 10n ** BigInt(digits)) / denominator
}
