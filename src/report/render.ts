import { UserError } from '../errors.ts'
import type { ReportDocument } from './document.ts'

export const reportFormats = ['pdf', 'html', 'md', 'csv'] as const
export type ReportFormat = (typeof reportFormats)[number]

export const mediaTypes: Readonly<Record<ReportFormat, string>> = {
  pdf: 'application/pdf',
  html: 'text/html; charset=utf-8',
  md: 'text/markdown; charset=utf-8',
  csv: 'text/csv; charset=utf-8',
}

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

/** The format that a file's name asks for by its ending. Throws UserError for any other ending. */
export function formatOfFile(path: string): ReportFormat {
  const ending = /\.([^./\\]+)$/.exec(path)?.[1]?.toLowerCase() ?? ''
  const format = { htm: 'html', markdown: 'md' }[ending] ?? ending
  const found = reportFormats.find((one) => one === format)
  if (found) return found
  throw new UserError(`--out ${path}: a report is no ${ending === '' ? 'file without an ending' : `.${ending} file`}`, {
    hint: `Name a file that ends in ${reportFormats.map((one) => `.${one}`).join(', ')}.`,
  })
}
