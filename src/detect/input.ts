/** One cost line inside a leaf. In the short form region, usage type and category are empty. */
export interface CellKey {
  readonly leaf: number
  readonly region: string
  readonly usage_type: string
  readonly charge_category: string
}

export interface LeafKey {
  readonly provider: string
  readonly account: string
  readonly service: string
  readonly team: string
}

/**
 * A series file as dense numbers. Amounts are whole multiples of 10^-`scale` currency units, so that their sums are exact.
 *
 * Row i says: cell `cell[i]` got `amount[i]` on day `day[i]`, visible from day `seen[i]` on. Rows are in ascending order of `seen`,
 * then day, then cell. Day 0 is `first_date`.
 */
export interface SeriesInput {
  readonly first_date: string
  readonly days: number
  readonly scale: number
  readonly long: boolean
  /** Whether the file has `available_on`: then day d is judged from the morning of d + 1 on. */
  readonly vintages: boolean
  /** Last day by which rows become visible: the last morning with vintages, else the last day. */
  readonly last_seen: number
  /** By leaf: from this day on more may come, so that falls are not judged. Absent: every day is complete. */
  readonly complete_before?: Int32Array
  readonly leaves: readonly LeafKey[]
  readonly cells: readonly CellKey[]
  readonly rows: {
    readonly length: number
    readonly cell: Int32Array
    readonly day: Int32Array
    readonly seen: Int32Array
    readonly amount: Float64Array
  }
}

const dayMs = 86_400_000

/** The day `index` days after an ISO date, as an ISO date. `dateAt('2024-02-28', 2)` is '2024-03-01'. */
export function dateAt(first: string, index: number): string {
  return new Date(Date.parse(`${first}T00:00:00Z`) + index * dayMs).toISOString().slice(0, 10)
}

/** Days from one ISO date to another. `dayIndex('2024-02-28', '2024-03-01')` is 2. */
export function dayIndex(first: string, date: string): number {
  return Math.round((Date.parse(`${date}T00:00:00Z`) - Date.parse(`${first}T00:00:00Z`)) / dayMs)
}

/** Whole units of 10^-`scale` as decimal text with at least two decimals. `moneyText(-12345, 3)` is '-12.345', `moneyText(5, 0)` '5.00'. */
export function moneyText(units: number, scale: number): string {
  const whole = BigInt(Math.round(units))
  const digits = (whole < 0n ? -whole : whole).toString().padStart(scale + 1, '0')
  const head = digits.slice(0, digits.length - scale)
  const tail = digits.slice(digits.length - scale)
  return `${whole < 0n ? '-' : ''}${head}.${tail.padEnd(2, '0')}`
}
