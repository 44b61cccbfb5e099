import { UserError } from '../errors.ts'
import { readJournal } from '../lake/journal.ts'
import { asInstant, type Runtime } from '../runtime.ts'
import { type CommandArgs, textOption } from './command.ts'

/** The option `--as-of`, of every command that reads the lake. */
export const asOfOption = { 'as-of': { type: 'string' } } as const

export const asOfHelp =
  '--as-of T       the state of the lake at T: 2026-03-31 (end of that day, UTC) or 2026-03-31T12:00:00Z'

/**
 * The instant given by `--as-of` as ISO text, or undefined without it.
 * Throws UserError for an empty lake, for text that is no instant, and for one before the first delivery landed.
 */
export function asOfInstant(args: CommandArgs, runtime: Runtime): string | undefined {
  const first = readJournal(runtime.layout)[0]
  if (!first) {
    throw new UserError(`nothing has been imported into ${runtime.layout.data} yet`, {
      hint: 'Run `costwright import <files>` or `costwright demo` first, or name another folder with --data.',
    })
  }
  const text = textOption(args, 'as-of')
  if (text === undefined) return undefined
  const instant = asInstant(text)
  if (instant < first.landed_at) {
    throw new UserError(`nothing had landed yet at ${instant}`, {
      hint: `--as-of counts from when a delivery was imported, not from its billing period; the first landed at ${first.landed_at}.`,
    })
  }
  return instant
}
