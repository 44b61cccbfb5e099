/** What a canonical input column holds; the stage casts every source spelling of it to this type. */
export type InputType =
  /** VARCHAR, empty and NULL-like text as null */
  | 'text'
  /** DECIMAL(38,15); a value that is no number refuses the file, naming row and column */
  | 'decimal'
  /** TIMESTAMP in UTC; an impossible instant is null and reported */
  | 'instant'
  /** MAP(VARCHAR, VARCHAR) from JSON, braceless JSON, key/value lists, Python-style text, Parquet maps and structs */
  | 'map'
  /** VARCHAR that is valid JSON (nested Parquet and JSON columns arrive so) */
  | 'json'

/** The first look at one file: its header and a few rows as text, before anything is imported. */
export interface FileHead {
  readonly container: 'csv' | 'parquet' | 'ndjson'
  /** Column names exactly as the file spells them. */
  readonly columns: readonly string[]
  /** Up to 1,000 rows, cells as text (nested values as JSON), in file order, positions as in `columns`. */
  readonly sample: readonly (readonly (string | null)[])[]
}

/** What a format makes of a file. */
export interface Recognition {
  /** Canonical name for each position of `FileHead.columns`; null leaves the column in `lake/raw` only. Duplicates: the first stands. */
  readonly canonical: readonly (string | null)[]
  /**
   * Facts that the normalising query reads as columns of the one-row table `traits`, all VARCHAR: at least `format_version`.
   * `dataset` separates deliveries that complete, not replace, each other (Azure `ActualCost` / `AmortizedCost`); default ''.
   */
  readonly traits: Readonly<Record<string, string>>
  /** Said to the user with the import, e.g. a stated version that contradicts the columns. */
  readonly warnings: readonly string[]
}

/** A provider's export format. Adding one = one file here, one query in `queries/focus/`, one line in `registry.ts`. */
export interface Format {
  /** e.g. `aws-cur`; appears in `import --json` and in `x_SourceFormat`. */
  readonly id: string
  readonly title: string
  /** Prefix of the default source name: `aws`, `azure`, `gcp`, `focus`. */
  readonly provider: string
  /** The normalising query below `queries/`, e.g. `focus/aws_cur.sql`. */
  readonly query: string
  /** A second query over the first one's rows of a whole billing period (view `parts`), for charges that need all of them. */
  readonly settle?: string
  /** Set for files that are no bill: the query's rows go to this table of the warehouse, newest delivery of a key first. */
  readonly table?: string
  /** Deliveries without a manifest may be slices of a month, each with its own days, which add up. */
  readonly slices?: true
  /** The same bill in less detail than an export of it: never replaces a period that is held from a format which is not coarse. */
  readonly coarse?: true
  /** `replace`: a delivery replaces the billing period (per dataset). `append`: rows add up, batch by batch (`x_ExportTime`). */
  readonly delivery: 'replace' | 'append'
  /** Every column that the view `staged` offers to the query; those a file lacks are null. */
  readonly input: Readonly<Record<string, InputType>>
  /**
   * For formats whose deliveries are views that complete each other (trait `dataset`): a query over `staged` that names the view
   * of a whole file, and what its path suggests when no row tells.
   */
  readonly datasets?: { readonly query: string; hint(path: string): string }
  /** null when the file is not of this format. Decides by columns and values, never by file name. */
  recognise(head: FileHead): Recognition | null
}
