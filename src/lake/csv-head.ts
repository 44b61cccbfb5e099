import { parse } from 'csv-parse/sync'
import { UserError } from '../errors.ts'

/** What must be known of a CSV file before the engine may read it; decided per file from its first megabyte. */
export interface CsvDialect {
  readonly delimiter: string
  /** Lines before the first data row: the header, and what stands before it (a title, comments, an Excel `sep=` line). */
  readonly skipLines: number
  /** How a quote inside of quotes is marked: doubled, or by the backslash of Spark and Databricks. */
  readonly quoteEscape: '"' | '\\'
  readonly encoding: 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252'
  /** The file breaks the rules that the fast reader insists on; it is rewritten cleanly first. */
  readonly needsRepair: boolean
  /** The file is such a clean copy already. */
  readonly isRepaired: boolean
  /** Cells carry blanks at their ends. */
  readonly padded: boolean
}

export interface CsvHead {
  readonly dialect: CsvDialect
  readonly columns: string[]
  readonly sample: (string | null)[][]
}

/** Texts that mean "no value" in billing exports. */
export const nullTexts: readonly string[] = ['', 'NULL', 'null', 'N/A', 'n/a', '\\N', '<null>']
const sampleRows = 1000

/** Header, dialect and the first rows of CSV text. `bytes` may end in the middle of a row. Throws UserError without a header. */
export function readCsvHead(path: string, bytes: Buffer): CsvHead {
  const { text, encoding } = decode(bytes)
  const lines = text.replace(/^\uFEFF/, '')
  const separator = /^"?sep=(.)"?\r?\n/i.exec(lines)
  const preamble = separator ? 1 : linesBeforeHeader(lines)
  const body = lines.split('\n').slice(preamble).join('\n')
  const delimiter = separator?.[1] ?? sniffDelimiter(body)
  const quoteEscape = /[^"\\]\\"[\p{L}\p{N}]/u.test(body) && !/[^,;|\t\n]""[\p{L}\p{N}]/u.test(body) ? '\\' : '"'
  const records = parseRecords(body, delimiter, quoteEscape)
  const header = records[0]
  if (!header || header.length < 2) {
    throw new UserError(`${path} has no header row with several columns`, {
      hint: 'costwright reads CSV with comma, semicolon or tab, NDJSON and Parquet. Export the file again with its header.',
    })
  }
  const rows = records.slice(1, bytes.length < 1 << 20 ? undefined : -1).slice(0, sampleRows)
  const padded = header.some((cell) => cell !== cell.trim())
  return {
    dialect: {
      delimiter,
      skipLines: preamble + 1,
      quoteEscape,
      encoding,
      needsRepair:
        padded ||
        encoding !== 'utf-8' ||
        preamble > 0 ||
        quoteEscape !== '"' ||
        rows.some((row) => row.length !== header.length),
      isRepaired: false,
      padded: rows.some((row) => row.some((cell) => cell !== cell.trim())),
    },
    columns: header.map((cell) => cell.trim()),
    sample: rows.map((row) => header.map((_, index) => nullIfUnknown(row[index]))),
  }
}

function nullIfUnknown(cell: string | undefined): string | null {
  return cell === undefined || nullTexts.includes(cell.trim()) ? null : cell
}

function decode(bytes: Buffer): { text: string; encoding: CsvDialect['encoding'] } {
  const wide = wideEncoding(bytes)
  if (wide) return { text: new TextDecoder(wide).decode(bytes), encoding: wide }
  const cut = bytes.length >= 1 << 20 ? bytes.subarray(0, bytes.lastIndexOf(10) + 1) : bytes
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(cut), encoding: 'utf-8' }
  } catch {
    return { text: new TextDecoder('windows-1252').decode(cut), encoding: 'windows-1252' }
  }
}

/** UTF-16 by its byte order mark, or by the zero byte beside each of the header's letters. */
function wideEncoding(bytes: Buffer): 'utf-16le' | 'utf-16be' | null {
  if (bytes.length < 4) return null
  const mark = bytes.readUInt16BE(0)
  if (mark === 0xfffe || (bytes[0] !== 0 && bytes[1] === 0 && bytes[3] === 0)) return 'utf-16le'
  return mark === 0xfeff || (bytes[0] === 0 && bytes[2] === 0) ? 'utf-16be' : null
}

/** Blank lines, comments and titles: lines of hardly a separator before one, soon, of many. */
function linesBeforeHeader(text: string): number {
  const counts = text.split('\n', 20).map((line) => (line.startsWith('#') ? 0 : line.split(/[,;\t|]/).length - 1))
  const first = counts[0] ?? 0
  const blank = (text.split('\n', 1)[0] ?? '').trim() === ''
  if (first > 1 || (!blank && Math.max(...counts) < 4)) return 0
  const header = counts.findIndex((count) => (blank ? count > 0 : count >= 4))
  return Math.max(header, 0)
}

/** The separator that occurs most often outside quotes in the first line. */
function sniffDelimiter(text: string): string {
  const counts = new Map([',', ';', '\t', '|'].map((mark) => [mark, 0]))
  let quoted = false
  for (const char of text) {
    if (char === '"') quoted = !quoted
    else if (!quoted && char === '\n') break
    else if (!quoted && counts.has(char)) counts.set(char, (counts.get(char) ?? 0) + 1)
  }
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0] ?? ','
}

function parseRecords(text: string, delimiter: string, quoteEscape: string): string[][] {
  return parse(text, {
    escape: quoteEscape,
    delimiter,
    record_delimiter: ['\r\n', '\n', '\r'],
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    to: sampleRows + 2,
    skip_records_with_error: true,
  })
}
