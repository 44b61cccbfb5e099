import type { ReportMessage } from '../notify/report-message.ts'
import type { ReportDocument } from './document.ts'
import { partsOf } from './document.ts'
import { type ReportFormat, reportMediaTypes } from './names.ts'
import { renderReport } from './render.ts'
import { periodOf, titleOf } from './words.ts'
import { statusText, writeFigure } from './write-value.ts'

/** A report as a message: its headline figures in words, the whole of it attached where the channel takes files. */
export function reportMessage(
  document: ReportDocument,
  given: {
    readonly message_id: string
    readonly created_at: string
    readonly format: ReportFormat
    /** Where the dashboard is reached. */
    readonly dashboard: string | undefined
  },
): ReportMessage {
  const { message_id, created_at, format, dashboard } = given
  const { kind, period, currency, subject, basis, complete_through, data_version } = document
  const name = ['costwright', kind, ...(subject === null ? [] : [subject]), period.month, currency]
  return {
    message_id,
    created_at,
    title: `${titleOf(document)}, ${periodOf(document)}`,
    lead: document.sections.find(({ lead }) => lead !== null)?.lead ?? null,
    facts: partsOf(document).flatMap(({ part }) => {
      if (part.type !== 'tile') return []
      const figure = part.value === null ? 'not known' : (part.shown ?? writeFigure(part.value, part.unit, currency))
      const held = part.target === null ? '' : ` (${statusText(part.status)}, target ${part.target})`
      return [
        {
          label: part.label,
          value: `${figure}${part.value === null ? `: ${part.reason ?? 'nothing to measure'}` : held}`,
        },
      ]
    }),
    url: dashboard === undefined ? null : linkTo(document, dashboard),
    about: { kind, month: period.month, currency, team: subject, basis, complete_through, data_version },
    html: async () => {
      const { renderHtml } = await import('./html.ts')
      return renderHtml(document, { forMail: true })
    },
    attachment: async () => ({
      filename: `${name.join('-').replaceAll(/[^\w.-]+/g, '-')}.${format}`,
      type: reportMediaTypes[format],
      content: await renderReport(document, format),
    }),
  }
}

function linkTo({ kind, period, currency, subject }: ReportDocument, dashboard: string): string {
  const url = new URL(`api/v1/reports/${kind}`, dashboard.endsWith('/') ? dashboard : `${dashboard}/`)
  url.searchParams.set('period', period.month)
  url.searchParams.set('currency', currency)
  if (subject !== null) url.searchParams.set('team', subject)
  url.searchParams.set('format', 'html')
  return url.href
}
