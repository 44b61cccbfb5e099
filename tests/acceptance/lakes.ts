import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { currentVersions, readJournal } from '../../src/lake/journal.ts'
import { layout } from '../../src/lake/layout.ts'
import { chargesOf } from '../../src/pipeline/build.ts'
import { openDuckDb } from '../../src/warehouse/duckdb.ts'

/** A fingerprint and count of the charges of each billing period: every column but the version, whatever the order of the rows. */
export async function chargesIn(data: string): Promise<Readonly<Record<string, unknown>>[]> {
  const paths = layout(data)
  const warehouse = await openDuckDb({ path: ':memory:' })
  try {
    const { rows } = await warehouse.query(`
      select source, billing_period, count(*) as rows, sum("BilledCost") as billed, sum("EffectiveCost") as effective,
          sum(hash(c::varchar)::hugeint)::varchar as content,
      from (select * exclude (version) from (${chargesOf(paths, currentVersions(readJournal(paths)))})) as c
      group by all
      order by all`)
    return [...rows]
  } finally {
    warehouse.close()
  }
}

/** Control totals of the current versions, by source and billing period. */
export function totalsIn(data: string): Record<string, unknown> {
  const versions = currentVersions(readJournal(layout(data)))
  return Object.fromEntries(versions.map(({ source, period, totals }) => [`${source} ${period}`, totals]))
}

/** Files below a folder of the data folder, with the time of their last change. */
export function filesWithTimes(folder: string): Record<string, number> {
  return Object.fromEntries(filesBelow(folder).map((path) => [path.slice(folder.length + 1), statSync(path).mtimeMs]))
}

export function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile() ?? false)
}

/** Where a planted secret can be read: names of files, contents of files, other texts. Empty is right. */
export function leaks(secrets: readonly string[], folder: string, texts: readonly string[]): string[] {
  const found = (text: string | Buffer) => secrets.filter((secret) => text.includes(secret))
  return [
    ...texts.flatMap((text) => found(text).map((secret) => `${secret} in ${text.slice(0, 300)}`)),
    ...filesBelow(folder).flatMap((path) =>
      [...found(path), ...found(readFileSync(path))].map((secret) => `${secret} in ${path}`),
    ),
  ]
}
