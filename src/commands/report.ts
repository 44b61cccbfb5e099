import { renameSync, rmSync, writeFileSync } from 'node:fs'
import { UserError } from '../errors.ts'
import { kindOf, reportKinds } from '../report/kinds.ts'
import { makeReport } from '../report/make.ts'
import { formatOfFile, type ReportFormat, renderReport, reportFormats } from '../report/render.ts'
import { withReportSource } from '../report-source.ts'
import { asOfHelp, asOfInstant, asOfOption } from './as-of.ts'
import { type Command, type CommandArgs, type CommandIo, textOption } from './command.ts'
import { checkFolder } from './output.ts'

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
  ],
  async run(args, io) {
    const kind = kindOf(args.positionals[0])
    const out = textOption(args, 'out')
    if (out === undefined)
      throw new UserError('where should the report go?', { hint: `For example --out ${kind}.pdf.` })
    const format = formatOfFile(out)
    checkFolder(out)
    const runtime = io.runtime()
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

const placeholder = '{currency}'

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
