import type { ReportDocument } from '../report/document.ts'
import type { ReportFormat, ReportKind } from '../report/names.ts'

/** One report of one currency; without month the newest complete one, without currency the one with most charges. */
export interface ReportRequest {
  readonly kind: ReportKind
  readonly format: ReportFormat | 'json'
  readonly month?: string | undefined
  readonly currency?: string | undefined
  readonly team?: string | undefined
  /** The data's state, which `use` holds. */
  readonly state: string
  /** ISO instant that the state is of. */
  readonly as_of?: string | undefined
}

/** Makes printable reports; the API knows neither engine nor type-setting. */
export interface ReportDesk {
  /** What it makes; who sees some teams only gets no report that needs everyone's charges. */
  readonly kinds: readonly ReportKind[]
  /** `body` is null for JSON, which is the document itself. Throws UserError for what is not in the data. */
  make(request: ReportRequest): Promise<{ readonly document: ReportDocument; readonly body: Uint8Array | null }>
}
