import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { parseDetectConfig } from '../detect/config.ts'
import { explain, parseQuestions } from '../detect/explain.ts'
import type { SeriesInput } from '../detect/input.ts'
import { readSeries } from '../detect/read-series.ts'
import { alertsDocument } from '../detect/records.ts'
import { detect } from '../detect/walk.ts'
import { UserError } from '../errors.ts'
import { openDuckDb } from '../warehouse/duckdb.ts'
import { type Command, type CommandArgs, textOption } from './command.ts'
import { runOnLake } from './detect-report.ts'
import { checkFolder } from './output.ts'

/** `costwright detect`: incidents on the lake; with `--series`, alerts on a series file, or answers to questions about it. */
export const detectCommand: Command = {
  options: {
    series: { type: 'string' },
    out: { type: 'string' },
    explain: { type: 'string' },
    deliver: { type: 'boolean' },
    since: { type: 'string' },
  },
  help: [
    'Without --series it judges the complete days of the lake and keeps what it finds; `costwright alerts` decides on it.',
    '--deliver       sends what is owed to the configured channels',
    '--since DAY     lists incidents found on or after that day only',
    '--series FILE   CSV: date,provider,account,service,team,cost; the long form adds region,usage_type,charge_category;',
    '                either may have available_on, the day on which the row became visible',
    '--out FILE      the alerts (or answers) as JSON',
    '--explain FILE  JSON: [{"id", "scope", "date"}]; answers what is behind the rise of each scope instead of detecting',
    '--config FILE   with --series, JSON: emit_candidates, since, min_impact, holidays, planned, feedback',
  ],
  async run(args, io) {
    const series = textOption(args, 'series')
    if (series === undefined) return runOnLake(args, io)
    const out = needed(args, 'out', 'alerts.json')
    const questions = textOption(args, 'explain')
    const config = textOption(args, 'config')
    checkFolder(out)
    const asked = questions === undefined ? undefined : parseQuestions(readJson(questions), questions)
    const settings = config === undefined ? {} : readJson(config)
    const started = performance.now()
    const input = await readInput(series)
    const read = performance.now()
    const parsed = parseDetectConfig(settings, input, config)
    const document = asked ? explain(input, asked, parsed) : alertsDocument(detect(input, parsed))
    const timings_ms = { read: Math.round(read - started), detect: Math.round(performance.now() - read) }
    write(out, { ...document, timings_ms })
    return 0
  },
}

function needed(args: CommandArgs, name: string, example: string): string {
  const value = textOption(args, name)
  if (value === undefined) throw new UserError(`--${name} is missing`, { hint: `For example --${name} ${example}.` })
  return value
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch (cause) {
    throw new UserError(`${file} cannot be read as JSON: ${cause instanceof Error ? cause.message : cause}`, {
      hint: 'Give an existing file that holds one JSON value.',
      cause,
    })
  }
}

async function readInput(file: string): Promise<SeriesInput> {
  const warehouse = await openDuckDb({ path: ':memory:' })
  try {
    return await readSeries(warehouse, file)
  } finally {
    warehouse.close()
  }
}

function write(out: string, document: object): void {
  const draft = `${out}.${process.pid}.tmp`
  try {
    writeFileSync(draft, `${JSON.stringify(document, null, 1)}\n`)
    renameSync(draft, out)
  } finally {
    rmSync(draft, { force: true })
  }
}
