import { statfsSync } from 'node:fs'
import type { Probe } from '../collectors/collector.ts'
import { currentVersions, readJournal } from '../lake/journal.ts'
import type { Runtime } from '../runtime.ts'
import type { Command } from './command.ts'
import { groupDigits } from './table.ts'

const million = 1_000_000

/** `costwright doctor`: configuration, access to each source, freshness, size of the lake and room left. Exit code 1: no access. */
export const doctorCommand: Command = {
  async run(args, io) {
    const runtime = io.runtime()
    const journal = readJournal(runtime.layout)
    const versions = currentVersions(journal)
    const sources = [...new Set(versions.map((version) => version.source))].map((source) => {
      const own = versions.filter((version) => version.source === source)
      const through =
        own
          .flatMap((version) => version.totals.complete_through ?? [])
          .sort()
          .at(-1) ?? null
      const last =
        own
          .map((version) => version.landed_at)
          .sort()
          .at(-1) ?? ''
      return {
        source,
        months: own.length,
        rows: own.reduce((sum, version) => sum + version.totals.rows_out, 0),
        data_complete_through: through,
        last_delivery: last,
        days_behind:
          through === null
            ? null
            : Math.floor((runtime.now().getTime() - Date.parse(`${through.replace(' ', 'T')}Z`)) / 86_400_000),
      }
    })
    const bytes = journal.reduce(
      (sum, delivery) => sum + delivery.files.reduce((files, file) => files + file.size, 0),
      0,
    )
    const room = journal.length === 0 ? null : statfsSync(runtime.layout.data)
    const free = room && room.bavail * room.bsize
    const months = new Set(versions.map((version) => version.period)).size
    const rows = sources.reduce((sum, { rows: n }) => sum + n, 0)
    const perMonth = months === 0 ? 0 : Math.round(rows / months)
    const access = await probeSources(args.positionals, runtime)
    const code = access.every(({ probes }) => probes.every(({ ok }) => ok)) ? 0 : 1
    if (args.values['json']) {
      io.out(
        `${JSON.stringify({ config: 'ok', access, sources, raw_bytes: bytes, free_bytes: free, rows_per_month: perMonth })}\n`,
      )
      return code
    }
    io.out(`node ${process.version}, configuration read\n`)
    for (const { source, probes } of access) for (const probe of probes) io.out(probeLine(source, probe))
    for (const source of sources) {
      io.out(
        `${source.source}: ${source.months} months, ${groupDigits(String(source.rows), 0)} charges, complete through ${source.data_complete_through ?? 'unknown'}${source.days_behind !== null && source.days_behind > 3 ? ` (${source.days_behind} days behind)` : ''}\n`,
      )
    }
    if (sources.length === 0) io.out('nothing imported yet: costwright import <files>, or costwright demo\n')
    else
      io.out(
        `${groupDigits(String(perMonth), 0)} charges a month, ${groupDigits(String(Math.round(bytes / million)), 0)} MB of raw files, ${groupDigits(String(Math.round((free ?? 0) / million)), 0)} MB free\n`,
      )
    return code
  },
}

/** Tries every configured source with read-only calls. */
async function probeSources(names: readonly string[], runtime: Runtime) {
  if (runtime.config.sources.length === 0 && names.length === 0) return []
  return (await runtime.sources()).probe(names, new AbortController().signal)
}

function probeLine(source: string, { check, ok, problem, remedy }: Probe): string {
  const more = [problem, remedy].filter((text) => text !== null).map((text) => `      ${text}\n`)
  return `${ok ? 'ok  ' : 'FAIL'}  ${source}: ${check}\n${more.join('')}`
}
