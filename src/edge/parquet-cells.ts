import type { SchemaElement, SchemaTree } from 'hyparquet'

/** A cell as the API's JSON has it, from what the file holds. */
export type ToCell = (value: unknown) => unknown

/** The kind of an annotated value: the reader is kept from converting these, because it would make floats and dates of them. */
type Kind = 'decimal' | 'date' | 'timestamp' | 'time' | 'unsigned' | 'text'

const kinds: Readonly<Record<string, Kind>> = {
  DECIMAL: 'decimal',
  DATE: 'date',
  TIMESTAMP_MILLIS: 'timestamp',
  TIMESTAMP_MICROS: 'timestamp',
  TIMESTAMP: 'timestamp',
  TIME_MICROS: 'time',
  TIME: 'time',
  UINT_64: 'unsigned',
  UTF8: 'text',
  ENUM: 'text',
  JSON: 'text',
  STRING: 'text',
  UUID: 'text',
}

const kindOf = ({ converted_type, logical_type }: SchemaElement): Kind | undefined =>
  kinds[converted_type ?? logical_type?.type ?? '']

/** The element as the reader is to see it: values as they are stored, text as text, maps as lists of entries in order. */
export function rawElement(element: SchemaElement): SchemaElement {
  const kind = kindOf(element)
  if (element.converted_type === 'MAP' || (kind !== undefined && kind !== 'text')) {
    const { converted_type: _converted, logical_type: _logical, ...raw } = element
    return raw
  }
  if (element.converted_type !== 'JSON') return element
  const { logical_type: _, ...text } = element
  return { ...text, converted_type: 'UTF8' }
}

/**
 * How the values of a column become cells.
 *
 * @param tree the column in the file's own schema
 * @param type as the engine names it; its integers of 128 bits are decimals in the file, a float would not hold them
 * @throws Error for a column that no cell can be made of
 */
export function cellOf(tree: SchemaTree, type: string): ToCell {
  const known = knownCell(tree, type)
  return (value) => (value === null || value === undefined ? null : known(value))
}

function knownCell(tree: SchemaTree, type: string): ToCell {
  const { element, children } = tree
  if (element.converted_type === 'LIST') {
    const item = cellOf(innermost(tree), type)
    return (value) => (value as unknown[]).map(item)
  }
  if (element.converted_type === 'MAP') return mapOf(tree, type)
  if (children.length > 0) {
    const fields = children.map((child) => [child.element.name, cellOf(child, type)] as const)
    return (value) =>
      Object.fromEntries(fields.map(([name, cell]) => [name, cell((value as Record<string, unknown>)[name])]))
  }
  return leafOf(element, type)
}

function innermost({ children }: SchemaTree): SchemaTree {
  const [repeated] = children
  if (!repeated) throw new Error('a list in the file has no items')
  return repeated.children[0] ?? repeated
}

/** Entries in order, as `{ key, value }`. */
function mapOf({ element, children }: SchemaTree, type: string): ToCell {
  const [entries] = children
  const [key, value] = entries?.children ?? []
  if (!entries || !key || !value) throw new Error(`the map ${element.name} in the file has no entries`)
  const [keyCell, valueCell] = [cellOf(key, type), cellOf(value, type)]
  return (map) =>
    (((map as Record<string, unknown>)[entries.element.name] ?? []) as Record<string, unknown>[]).map((entry) => ({
      key: keyCell(entry[key.element.name]),
      value: valueCell(entry[value.element.name]),
    }))
}

function leafOf(element: SchemaElement, type: string): ToCell {
  const kind = kindOf(element)
  if (kind === 'decimal') return (value) => decimalText(integerOf(value), element.scale ?? 0)
  if (kind === 'date') return (value) => dateText(Number(value))
  if (kind === 'timestamp') return timestampCell(element)
  if (kind === 'time') return (value) => timeText(value as bigint)
  if (kind === 'unsigned') return (value) => String(BigInt.asUintN(64, value as bigint))
  if (kind === 'text' || element.type === 'BOOLEAN') return (value) => value
  if (element.type === 'INT64') return String
  if (element.type === 'INT32') return Number
  const isLossy = element.type === 'DOUBLE' && /HUGEINT/.test(type)
  if (!isLossy && (element.type === 'DOUBLE' || element.type === 'FLOAT'))
    return (value) => (Number.isFinite(value) ? value : String(value))
  throw new Error(`no cell can be made of the column ${element.name} of type ${type}`)
}

/** Two's complement, most significant byte first, or an integer of the reader's. */
function integerOf(value: unknown): bigint {
  if (!(value instanceof Uint8Array)) return BigInt(value as number | bigint)
  let found = 0n
  for (const byte of value) found = (found << 8n) | BigInt(byte)
  return BigInt.asIntN(value.length * 8, found)
}

/** `decimalText(-5n, 3)` is `'-0.005'`. */
function decimalText(scaled: bigint, scale: number): string {
  if (scale === 0) return scaled.toString()
  const digits = (scaled < 0n ? -scaled : scaled).toString().padStart(scale + 1, '0')
  return `${scaled < 0n ? '-' : ''}${digits.slice(0, -scale)}.${digits.slice(-scale)}`
}

const dayMs = 86_400_000
/** Days after which the calendar repeats: dates beyond those of JavaScript are moved into its range by whole cycles. */
const cycleDays = 146_097
const cycleYears = 400

/** `dateText(-1)` is `'1969-12-31'`; years before 1 count backwards and end in ` (BC)`. */
function dateText(days: number): string {
  const cycles = Math.trunc(days / cycleDays)
  const date = new Date((days - cycles * cycleDays) * dayMs)
  const year = date.getUTCFullYear() + cycles * cycleYears
  const shown = String(year > 0 ? year : 1 - year).padStart(4, '0')
  return `${shown}-${date.toISOString().slice(-19, -14)}${year > 0 ? '' : ' (BC)'}`
}

const dayMicros = 86_400_000_000n
const secondMicros = 1_000_000n
const farthest = 2n ** 63n - 1n

/** Microseconds of a day as `13:05:00.25`. */
function timeText(micros: bigint): string {
  const seconds = Number(micros / secondMicros)
  const parts = [seconds / 3600, (seconds / 60) % 60, seconds % 60].map((part) =>
    String(Math.trunc(part)).padStart(2, '0'),
  )
  const fraction = String(micros % secondMicros)
    .padStart(6, '0')
    .replace(/0+$/, '')
  return `${parts.join(':')}${fraction === '' ? '' : `.${fraction}`}`
}

function timestampCell({ converted_type, logical_type }: SchemaElement): ToCell {
  const logical = logical_type?.type === 'TIMESTAMP' ? logical_type : undefined
  if (logical?.unit === 'NANOS') throw new Error('instants in nanoseconds are not read')
  const isMillis = logical ? logical.unit === 'MILLIS' : converted_type === 'TIMESTAMP_MILLIS'
  const zone = logical?.isAdjustedToUTC ? '+00' : ''
  return (value) => {
    const micros = isMillis ? (value as bigint) * 1000n : (value as bigint)
    if (micros === farthest || micros === -farthest) return micros > 0n ? 'infinity' : '-infinity'
    const ofDay = ((micros % dayMicros) + dayMicros) % dayMicros
    return `${dateText(Number((micros - ofDay) / dayMicros))} ${timeText(ofDay)}${zone}`
  }
}
