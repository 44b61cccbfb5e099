/** An empty database in memory, for one computation on files. */
export interface Scratch {
  exec(sql: string): Promise<void>
  /** Rows as JSON values: decimals are text. */
  rows(sql: string): Promise<readonly Readonly<Record<string, unknown>>[]>
  /** Numeric columns of a query's rows (INTEGER or DOUBLE, no nulls), chunk by chunk. */
  numbers(sql: string, each: (columns: readonly (readonly number[])[]) => void): Promise<void>
  close(): void
}
