import type { ReportDocument } from './document.ts'
import type { ReportFormat } from './names.ts'

const renderers: Readonly<Record<ReportFormat, (document: ReportDocument) => Promise<string | Buffer>>> = {
  pdf: async (document) => (await import('./pdf.ts')).renderPdf(document),
  html: async (document) => (await import('./html.ts')).renderHtml(document),
  md: async (document) => (await import('./markdown.ts')).renderMarkdown(document),
  csv: async (document) => (await import('./csv.ts')).renderCsv(document),
}

/** The report's bytes; a format's code is loaded when it is asked for. */
export async function renderReport(document: ReportDocument, format: ReportFormat): Promise<Buffer> {
  const rendered = await renderers[format](document)
  return typeof rendered === 'string' ? Buffer.from(rendered, 'utf8') : rendered
}
