import type { ReportDocument } from '../report/document.ts'
import type { ReportFormat, ReportKind } from '../report/names.ts'

/** One report of one currency; without month the newest complete one, without currency the one with most charges. */
export interface ReportRequest {
  readonly kind: ReportKind
  readonly format: ReportFormat | 'json'
  readonly month?: string | undefined
  readonly currency?: string | undefined
  readonly team?: string | undefined
  /** ISO instant. */
  readonly as_of?: string | undefined
}

/** Makes printable reports; the API knows neither engine nor type-setting. */
export interface ReportDesk {
  /** `body` is null for JSON, which is the document itself. Throws UserError for what is not in the data. */
  make(request: ReportRequest): Promise<{ readonly document: ReportDocument; readonly body: Uint8Array | null }>
}
