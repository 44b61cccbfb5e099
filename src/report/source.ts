import type { LakeState } from '../api/context.ts'
import type { OwnedIncident, Usefulness } from '../api/incident-desk.ts'
import type { LabDocument } from '../commit/lab-document.ts'
import type { StoredForecast } from '../forecast/issued.ts'
import type { Recommendations } from '../recommend/recommend.ts'
import type { Saving } from '../state/ledger.ts'

export type Row = Readonly<Record<string, unknown>>

/** What a report may ask: one state of the data, and what people decided. Amounts are exact decimals as text. */
export interface ReportSource {
  readonly lake: Pick<LakeState, 'complete_through' | 'targets' | 'metrics'>
  readonly data_version: string
  readonly as_of: string | null
  readonly now: Date
  /** The teams whose charges these are all; null for everyone's. Of commitments, which teams share, such a source cannot tell. */
  readonly teams: readonly string[] | null
  /** Rows of a query of the catalogue, of every currency. */
  rows(name: string, params?: Readonly<Record<string, string>>): Promise<readonly Row[]>
  /** The newest forecast of each currency that was issued by then. */
  readonly forecasts: readonly StoredForecast[]
  readonly incidents: readonly OwnedIncident[]
  readonly usefulness: Usefulness
  readonly savings: readonly Saving[]
  /** From identified to verified, one row per currency. */
  funnel(): Promise<readonly Row[]>
  /** Runs the rules; once a source. */
  recommendations(): Promise<Recommendations>
  /** What to buy and what buying by each rule would have cost; null where that is not known. Once a source. */
  purchases(): Promise<LabDocument | null>
}

/** What a report is of: one month of one currency, for everything or one team. */
export interface Frame {
  readonly month: string
  readonly is_complete: boolean
  /** Days of the month, half open. */
  readonly within: { readonly start_date: string; readonly end_date: string }
  /** Months of the trends, oldest first, the last one is `month`. */
  readonly months: readonly string[]
  readonly currency: string
  readonly team: string | null
}
