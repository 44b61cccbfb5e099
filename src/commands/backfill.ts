import { UserError } from '../errors.ts'
import { periodsOf } from './collect.ts'
import type { Command } from './command.ts'

/** `costwright backfill`: asks the cloud to write past months of an export once more, for `collect` to find. */
export const backfillCommand: Command = {
  options: { period: { type: 'string', multiple: true } },
  help: [
    'SOURCE            a source of type azure_cost_management',
    'EXPORT            name of the export at its scope, as `costwright doctor` lists them',
    '--period YYYY-MM  a billing period, again for more',
  ],
  async run(args, io) {
    const [source, exportName] = args.positionals
    const periods = periodsOf(args)
    if (!source || !exportName || !periods)
      throw new UserError('backfill needs a source, an export and a period', {
        hint: 'costwright backfill azure-costs daily-focus --period 2026-01',
      })
    const sources = await io.runtime({ onNote: io.note }).sources()
    await sources.backfill(source, exportName, periods, new AbortController().signal)
    io.out(`${exportName} was asked to write ${periods.join(', ')}; collect it when the run has ended\n`)
    return 0
  },
}
