import { UserError } from '../errors.ts'

export const reportKinds = ['executive', 'commitments', 'optimisation', 'tags', 'team'] as const
export type ReportKind = (typeof reportKinds)[number]

/** Those that the charges of some teams alone can answer: whether a commitment is used, and where everything stands, shows over all teams. */
export const teamKinds: readonly ReportKind[] = ['optimisation', 'tags', 'team']

export const reportFormats = ['pdf', 'html', 'md', 'csv'] as const
export type ReportFormat = (typeof reportFormats)[number]

export const reportMediaTypes: Readonly<Record<ReportFormat, string>> = {
  pdf: 'application/pdf',
  html: 'text/html; charset=utf-8',
  md: 'text/markdown; charset=utf-8',
  csv: 'text/csv; charset=utf-8',
}

/** Throws UserError for a report that does not exist. */
export function kindOf(name: string | undefined): ReportKind {
  const kind = reportKinds.find((one) => one === name)
  if (kind) return kind
  throw new UserError(name === undefined ? 'name a report' : `there is no report ${name.slice(0, 60)}`, {
    hint: `Reports: ${reportKinds.join(', ')}.`,
  })
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
