import { writeFileSync } from 'node:fs'
import { stringify } from 'csv-stringify/sync'
import { UserError } from '../errors.ts'
import type { Result } from '../warehouse/warehouse.ts'
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

/** Writes a result as table, JSON or CSV to the output or to a file. Throws UserError for another format. */
export async function writeResult(
  result: Result,
  meta: object,
  format: string,
  out: string | undefined,
  io: CommandIo,
): Promise<void> {
  const writer = writers[format]
  if (!writer)
    throw new UserError(`--format ${format} is unknown`, { hint: `Use one of: ${Object.keys(writers).join(', ')}.` })
  const text = writer(result, meta, io)
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
