import { renameSync, rmSync, writeFileSync } from 'node:fs'
import { UserError } from '../errors.ts'
import { makeReport } from '../report/make.ts'
import { formatOfFile, kindOf, type ReportFormat, reportFormats, reportKinds } from '../report/names.ts'
import { renderReport } from '../report/render.ts'
import { withReportSource } from '../report-source.ts'
import { reportDeliveries } from '../state/report-store.ts'
import { asOfHelp, asOfInstant, asOfOption } from './as-of.ts'
import { type Command, type CommandArgs, type CommandIo, textOption } from './command.ts'
import { checkFolder } from './output.ts'
import { issueMissing } from './report-forecast.ts'

/** `costwright report`: the printable reports. */
export const reportCommand: Command = {
  options: {
    ...asOfOption,
    out: { type: 'string' },
    period: { type: 'string' },
    currency: { type: 'string' },
    team: { type: 'string' },
  },
  help: [
    `KIND              ${reportKinds.join(', ')}`,
    `--out FILE        its ending decides: ${reportFormats.map((format) => `.${format}`).join(', ')}; {currency} in it writes one report for each`,
    '--period YYYY-MM  default: the newest complete month',
    '--currency C      default: the one with most charges; two are never added',
    '--team NAME       for the report of a team',
    asOfHelp,
    '',
    'report deliver    sends the reports of the configuration that are due and have not arrived; exit 1 where a channel fails',
  ],
  async run(args, io) {
    if (args.positionals[0] === 'deliver') return deliver(args, io)
    const kind = kindOf(args.positionals[0])
    const out = textOption(args, 'out')
    if (out === undefined)
      throw new UserError('where should the report go?', { hint: `For example --out ${kind}.pdf.` })
    const format = formatOfFile(out)
    checkFolder(out)
    const runtime = io.runtime()
    if (showsForecast.includes(kind) && textOption(args, 'as-of') === undefined)
      await issueMissing(runtime, io, textOption(args, 'currency')?.toUpperCase())
    await withReportSource(runtime, asOfInstant(args, runtime), async (source) => {
      const ask = { kind, month: textOption(args, 'period'), team: textOption(args, 'team') }
      const first = await makeReport(source, { ...ask, currency: textOption(args, 'currency') })
      await write(first, { out, format, args, io })
      const others = first.other_currencies
      if (out.includes(placeholder))
        for (const currency of others)
          await write(await makeReport(source, { ...ask, currency }), { out, format, args, io })
      else if (others.length > 0 && textOption(args, 'currency') === undefined)
        io.note(`also charged in ${others.join(', ')}: add --currency, or --out with ${placeholder} for all`)
    })
    return 0
  },
}

/** Each report once a month, currency and channel; what failed is tried again by the next call. */
async function deliver(args: CommandArgs, io: CommandIo): Promise<number> {
  const runtime = io.runtime()
  const { reports } = runtime.config
  if (reports.length === 0)
    throw new UserError('no report is scheduled', {
      hint: 'docs/reports.md shows the key `reports` of costwright.yaml.',
    })
  const alerts = await runtime.alerts()
  try {
    if (reports.some(({ kind }) => showsForecast.includes(kind))) await issueMissing(runtime, io)
    const signal = AbortSignal.timeout(deliverMs)
    const outcomes = await withReportSource(runtime, undefined, (source) =>
      alerts.deliverReports(source, reports, signal),
    )
    if (args.values['json']) io.out(`${JSON.stringify({ outcomes, deliveries: reportDeliveries(alerts.database) })}\n`)
    else {
      for (const { report, month, currency, channel, error } of outcomes)
        io.out(`${report} ${month} ${currency}: ${error === null ? `delivered to ${channel}` : `failed: ${error}`}\n`)
      if (outcomes.length === 0) io.out('nothing to send: every report that is due has arrived or is on its way\n')
    }
    return outcomes.some(({ error }) => error !== null) ? 1 : 0
  } finally {
    alerts.close()
  }
}

const deliverMs = 30 * 60_000
const placeholder = '{currency}'
const showsForecast: readonly string[] = ['executive', 'team']

type Made = Awaited<ReturnType<typeof makeReport>>

interface Target {
  readonly out: string
  readonly format: ReportFormat
  readonly args: CommandArgs
  readonly io: CommandIo
}

/** The file appears complete or not at all. */
async function write(document: Made, { out, format, args, io }: Target): Promise<void> {
  const path = out.replaceAll(placeholder, document.currency)
  const draft = `${path}.${process.pid}.tmp`
  try {
    writeFileSync(draft, await renderReport(document, format))
    renameSync(draft, path)
  } finally {
    rmSync(draft, { force: true })
  }
  const { kind, period, currency, complete_through, data_version } = document
  io.out(
    args.values['json']
      ? `${JSON.stringify({ file: path, kind, period: period.month, currency, complete_through, data_version })}\n`
      : `${path}  ${kind} report of ${period.month} in ${currency}\n`,
  )
}
