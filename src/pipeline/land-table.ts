import { mkdirSync, renameSync } from 'node:fs'
import { basename, join } from 'node:path'
import { readQuery } from '../catalog/files.ts'
import { UserError } from '../errors.ts'
import type { Delivery } from '../lake/journal.ts'
import { landFile } from '../lake/land.ts'
import { stageFile } from '../lake/stage.ts'
import { quoteText } from '../warehouse/warehouse.ts'
import type { Base, FormatGroup } from './delivery.ts'
import type { RawFile } from './fresh-parts.ts'
import type { ImportRun } from './import.ts'
import { parquetBelow, parquetOf } from './totals.ts'

/** Lands a table (budgets, business metrics, what collectors bring): rows of their query as Parquet, beside the files as delivered. */
export async function landTable(
  context: ImportRun,
  group: FormatGroup,
  raw: readonly RawFile[],
  base: Base,
  scratch: string,
  sourceName: string | undefined,
): Promise<Delivery> {
  const { layout, warehouse } = context
  const name = group.format.table ?? ''
  const folder = layout.table(name, base.id)
  mkdirSync(layout.resolve(folder), { recursive: true })
  for (const [index, { file, recognition, stamp }] of raw.entries()) {
    await stageFile(warehouse, file, group.format, recognition, recognition.traits)
    const target = join(scratch, `${index}.parquet`)
    try {
      await warehouse.exec(
        `copy (${readQuery(group.format.query).trim().replace(/;$/, '')}) to ${quoteText(target)} (format parquet, compression zstd)`,
      )
    } catch (cause) {
      const reason = (cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : String(cause)).replace(
        /^[A-Z][\w ]* Error: /,
        '',
      )
      throw new UserError(`${stamp.origin}: ${reason}`, {
        hint: `It was read as ${group.format.title}; nothing was imported.`,
        cause,
      })
    }
  }
  const files = parquetBelow(scratch)
  const { rows } = await warehouse.query(`select count(*) as n from ${parquetOf(files)}`)
  const source = sourceName ?? context.tableSource ?? group.format.provider
  const rawFolder = layout.raw(source, base.id)
  for (const { stamp, rawName } of raw)
    await landFile(stamp.origin, layout.resolve(rawFolder), rawName, context.collected !== undefined)
  for (const file of files) renameSync(file, layout.resolve(join(folder, basename(file))))
  return {
    ...base,
    source,
    files: raw.map(({ stamp, rawName }) => ({ ...stamp, raw: join(rawFolder, rawName) })),
    periods: [],
    table: { name, files: files.map((file) => join(folder, basename(file))), rows: Number(rows[0]?.['n']) },
    warnings: raw.flatMap(({ recognition }) => recognition.warnings),
  }
}
