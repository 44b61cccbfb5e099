import type { Catalog, CatalogEntry } from '../catalog/catalog.ts'
import type { SourceFreshness } from '../collect/freshness.ts'
import type { Feed } from '../core/feed.ts'
import type { StoredForecast } from '../forecast/issued.ts'
import type { Params, Result } from '../warehouse/warehouse.ts'
import type { IncidentDesk } from './incident-desk.ts'
import type { ReportDesk } from './report-desk.ts'
import type { SavingsDesk } from './savings-desk.ts'

export type StreamFormat = 'csv' | 'arrow' | 'parquet'

/** A run of an answer's rows. */
export interface Page extends Result {
  /** Whether rows follow after the last one. */
  readonly more: boolean
}

export interface PageAsk {
  readonly offset: number
  readonly limit: number
  /** Aborted when whoever asks has left: the query ends, or does not begin. */
  readonly signal?: AbortSignal
}

/** A source in one billing currency, over its current versions. Amounts are exact decimals as text, instants ISO text in UTC. */
export interface SourceState {
  readonly source: string
  readonly format: string
  readonly currency: string
  readonly periods: number
  readonly first_period: string
  readonly last_period: string
  readonly newest_landed_at: string
  readonly complete_through: string | null
  readonly rows_in: string
  readonly rows_out: string
  readonly delivered_billed: string | null
  readonly billed_cost: string
  readonly difference: string | null
  /** Versions whose totals are stated and differ from what is stored. */
  readonly differing: number
  /** Versions whose delivery states no total. */
  readonly unstated: number
}

/** Limits of a KPI: ratios as fractions, `budget.variance_pct` in percent. */
export interface Target {
  readonly kpi: string
  readonly comparison: string
  readonly met: number
  readonly near: number | null
}

export interface LakeState {
  readonly sources: readonly SourceState[]
  /** Rows of the reconciliation: one a current version and currency. */
  readonly versions: Result
  /** One a delivery, newest first. */
  readonly deliveries: Result
  readonly metrics: readonly { readonly metric: string; readonly unit: string | null }[]
  readonly targets: readonly Target[]
  readonly version_count: number
  readonly newest_landed_at: string | null
  /** The instant through which every source is complete: the least of their latest ones. */
  readonly complete_through: string | null
  readonly first_charge: string | null
  readonly last_charge: string | null
}

/** Rows of a statement, and whether it has more than were read. */
export interface StatementAnswer extends Result {
  readonly truncated: boolean
}

export interface StatementAsk {
  readonly signal: AbortSignal
  readonly rows?: number | undefined
}

/** Rows of a statement as a file that is made and not yet sent. `pieces` or `discard` removes it. */
export interface StatementFile {
  readonly row_count: number
  /** Whether there are more rows than were allowed. */
  readonly truncated: boolean
  pieces(): AsyncGenerator<Uint8Array>
  discard(): Promise<void>
}

/** A FOCUS table: of one billing period (`2026-03`) and one source, or of all. */
export interface FocusAsk {
  readonly format: 'csv' | 'parquet'
  readonly period?: string | undefined
  readonly source?: string | undefined
}

/** One state of the data: all parts of an answer come from the same one. */
export interface Snapshot {
  /** Equal ids hold equal data. */
  readonly id: string
  query(entry: CatalogEntry, params: Params, page: PageAsk): Promise<Page>
  /** Every row, encoded; nothing runs before the first piece is asked for, and a reader who leaves (or aborts `signal`) ends the query. */
  stream(entry: CatalogEntry, params: Params, format: StreamFormat, signal?: AbortSignal): AsyncGenerator<Uint8Array>
  /** The charges as a FOCUS table, in pieces. */
  focus(ask: FocusAsk): AsyncGenerator<Uint8Array>
  lake(): Promise<LakeState>
  /**
   * Runs one foreign statement that only reads.
   *
   * @param rows read at most; by default, and never more than, 10,000
   * @throws UserError for one that is not allowed, wrong or too large
   */
  statement(sql: string, signal: AbortSignal, rows?: number): Promise<StatementAnswer>
  /** The same as a file; `rows` by default, and never more than, the configured number. */
  statementFile(sql: string, format: StreamFormat, asked: StatementAsk): Promise<StatementFile>
}

/** What the API and the pages need of the application; they know no engine, clock or folder. */
export interface ApiContext {
  readonly catalog: Catalog
  /** Shown as the page's title. */
  readonly title: string
  readonly now: () => Date
  /** Id of the current state; null before the first import. */
  current(): string | null
  /** How fresh the configured sources are; none without a configuration. */
  collections(): readonly SourceFreshness[]
  /** The newest forecast issued for each currency. */
  forecasts(): readonly StoredForecast[]
  /** Incidents and decisions; null where none are kept. */
  readonly incidents: IncidentDesk | null
  /** What happens to incidents; null where none are kept. */
  readonly incidentFeed: Feed | null
  /** Recommendations and the ledger of savings; null where none are kept. */
  readonly savings: SavingsDesk | null
  /** Makes printable reports; null where there is no engine for it. */
  readonly reports: ReportDesk | null
  /**
   * Runs `work` over the current state, or over the state `asOf` an ISO instant; the state stays readable until it ends.
   *
   * @throws UserError when there are no data (at that instant)
   */
  use<T>(asOf: string | undefined, work: (snapshot: Snapshot) => Promise<T>): Promise<T>
}
