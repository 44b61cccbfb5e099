import { createWriteStream, existsSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { stringify } from 'csv-stringify/sync'
import { UserError } from '../errors.ts'
import type { Reader } from '../warehouse/duckdb-stream.ts'
import type { Params, Result } from '../warehouse/warehouse.ts'
import type { CommandIo } from './command.ts'
import { formatTable } from './table.ts'

type Writer = (result: Result, meta: object, io: CommandIo) => string

const writers: Readonly<Record<string, Writer>> = {
  table: (result, _, io) => formatTable(result, io.columns),
  json: ({ columns, rows }, meta) => `${JSON.stringify({ columns, rows, meta })}\n`,
  csv: ({ columns, rows }) =>
    csvText(
      columns.map(({ name }) => name),
      rows,
    ),
}

/** Formats of bytes, which go to a file only: written aside, then renamed. */
const fileWriters: Readonly<
  Record<string, (reader: Reader, sql: string, params: Params, path: string) => Promise<void>>
> = {
  parquet: (reader, sql, params, path) => reader.copyToParquet(sql, params, path),
  arrow: async (reader, sql, params, path) => {
    const { arrowStream } = await import('../warehouse/arrow.ts')
    await pipeline(Readable.from(arrowStream(await reader.stream(sql, params))), createWriteStream(path))
  },
}

export const formatHelp = `--format F      ${[...Object.keys(writers), ...Object.keys(fileWriters)].join(', ')}; default: table`
export const outHelp = '--out FILE      instead of standard output; parquet and arrow need it'

/** Throws UserError when the folder of the file `out` does not exist. */
export function checkFolder(out: string | undefined): void {
  if (out !== undefined && !existsSync(dirname(out)))
    throw new UserError(`--out ${out}: there is no folder ${dirname(out)}`, { hint: 'Make it first.' })
}

/** Throws UserError for a format that is unknown, or that needs a file when `out` names none, or a folder that does not exist. */
export function checkOutput(format: string, out: string | undefined): void {
  const known = [...Object.keys(writers), ...Object.keys(fileWriters)]
  if (!known.includes(format))
    throw new UserError(`--format ${format} is unknown`, { hint: `Use one of: ${known.join(', ')}.` })
  if (format in fileWriters && out === undefined)
    throw new UserError(`--format ${format} needs a file`, { hint: `For example --out answer.${format}.` })
  checkFolder(out)
}

/** True for formats that `writeFile` writes from a running query, not from a result in memory. */
export function isFileFormat(format: string): boolean {
  return format in fileWriters
}

/** Writes a query's rows as Parquet or Arrow IPC stream; the file appears complete or not at all. */
export async function writeQueryFile(
  reader: Reader,
  sql: string,
  params: Params,
  format: string,
  out: string,
): Promise<void> {
  const draft = `${out}.${process.pid}.tmp`
  try {
    await fileWriters[format]?.(reader, sql, params, draft)
    renameSync(draft, out)
  } finally {
    rmSync(draft, { force: true })
  }
}

/** Writes a result as table, JSON or CSV to the output or to a file. */
export function writeResult(
  result: Result,
  meta: object,
  format: string,
  out: string | undefined,
  io: CommandIo,
): void {
  const text = writers[format]?.(result, meta, io) ?? ''
  if (out === undefined) io.out(text)
  else writeFileSync(out, text)
}

function csvText(names: readonly string[], rows: Result['rows']): string {
  return stringify(
    rows.map((row) =>
      names.map((name) =>
        typeof row[name] === 'object' && row[name] !== null ? JSON.stringify(row[name]) : row[name],
      ),
    ),
    {
      header: true,
      columns: [...names],
    },
  )
}
