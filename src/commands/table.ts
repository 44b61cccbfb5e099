import type { Result } from '../warehouse/warehouse.ts'

const numeric = /^(DECIMAL|DOUBLE|FLOAT|U?(TINY|SMALL|BIG|HUGE)?INT|INTEGER)/

/** Aligned text table of a query result; numbers to the right, amounts with thousands separators, cut to `width` columns. */
export function formatTable(result: Result, width: number | null): string {
  if (result.rows.length === 0) return 'no rows\n'
  const cells = result.rows.map((row) => result.columns.map(({ name, type }) => cellText(row[name], type)))
  const header = result.columns.map(({ name }) => name)
  const right = result.columns.map(({ type }) => numeric.test(type))
  const widths = header.map((name, index) =>
    Math.min(60, Math.max(name.length, ...cells.map((row) => row[index]?.length ?? 0))),
  )
  const line = (values: readonly string[]) => {
    const text = values
      .map((value, index) => pad(value, widths[index] ?? 0, right[index] ?? false))
      .join('  ')
      .trimEnd()
    return width && text.length > width ? `${text.slice(0, width - 1)}…` : text
  }
  return `${[line(header), line(widths.map((n) => '─'.repeat(n))), ...cells.map(line)].join('\n')}\n`
}

/** One value as people read it: decimals with separators and at most the digits that carry something, null as a dash. */
function cellText(value: unknown, type: string): string {
  if (value === null || value === undefined) return '–'
  if (type.startsWith('DECIMAL')) return groupDigits(String(value), 2)
  if (type === 'DOUBLE' || type === 'FLOAT')
    return typeof value === 'number' && Number.isFinite(value)
      ? trimZeros(value.toFixed(decimalsOf(value)))
      : String(value)
  if (/INT/.test(type)) return groupDigits(String(value), 0)
  if (type.startsWith('TIMESTAMP')) return String(value).replace(/ 00:00:00$/, '')
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

/**
 * An exact decimal as text with thousands separators and `decimals` digits, rounded half away from zero on the digits.
 *
 * `groupDigits('-1234567.895', 2)` is `'-1,234,567.90'`.
 */
export function groupDigits(text: string, decimals: number): string {
  const match = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text)
  if (!match) return text
  const [, sign = '', whole = '', fraction = ''] = match
  const kept = BigInt(whole + fraction.padEnd(decimals, '0').slice(0, decimals))
  const rounded = Number(fraction[decimals] ?? '0') >= 5 ? kept + 1n : kept
  const digits = rounded.toString().padStart(decimals + 1, '0')
  const integer = digits.slice(0, digits.length - decimals).replace(/\B(?=(\d{3})+$)/g, ',')
  const tail = decimals > 0 ? `.${digits.slice(-decimals)}` : ''
  return `${rounded === 0n ? '' : sign}${integer}${tail}`
}

/** Four decimals, or as many as show four significant digits: a cost per request is 0.00006865, not 0.0001. */
function decimalsOf(value: number): number {
  return value === 0 ? 0 : Math.min(15, Math.max(4, 3 - Math.floor(Math.log10(Math.abs(value)))))
}

function trimZeros(text: string): string {
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text
}

function pad(text: string, width: number, right: boolean): string {
  const cut = text.length > width ? `${text.slice(0, width - 1)}…` : text
  return right ? cut.padStart(width) : cut.padEnd(width)
}
