/** A value that travels as a query parameter. Money travels as a string. */
export type Param = string | number | bigint | boolean | null | readonly Param[]
export type Params = Readonly<Record<string, Param>>

export interface ResultColumn {
  readonly name: string
  readonly type: string
}

/** Rows as JSON values: DECIMAL, BIGINT and HUGEINT are strings, dates and instants ISO-like text, doubles numbers. */
export interface Result {
  readonly columns: readonly ResultColumn[]
  readonly rows: readonly Readonly<Record<string, unknown>>[]
}

/** One connection to an analytical engine. Parameters are named `$name` in the text. */
export interface Warehouse {
  query(sql: string, params?: Params): Promise<Result>
  /** Runs one or more statements for their effect; parameters only with a single statement. */
  exec(sql: string, params?: Params): Promise<void>
  /** Column names and types of a query without running it. */
  describe(sql: string, params?: Params): Promise<readonly ResultColumn[]>
  /** Another connection to the same database, for work in parallel. */
  fork(): Promise<Warehouse>
  close(): void
}

export interface EngineOptions {
  /** Database file, or `:memory:`. */
  readonly path: string
  readonly readOnly?: boolean
  /** e.g. `1GB`; what does not fit spills to `tempDirectory`. */
  readonly memoryLimit?: string | undefined
  readonly threads?: number | undefined
  readonly tempDirectory?: string | undefined
}

export type OpenWarehouse = (options: EngineOptions) => Promise<Warehouse>

/** `name` as a quoted SQL identifier: the only way a foreign name enters SQL text (column names of imported files). */
export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** `value` as a quoted SQL text literal, for the places where the engine takes no parameter (COPY target, view text). */
export function quoteText(value: string): string {
  return `'${value.replaceAll("'", "''")}'`
}
