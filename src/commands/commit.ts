import { UserError } from '../errors.ts'
import type { Command, CommandArgs, CommandIo } from './command.ts'
import { size, sizeHelp, sizeOptions } from './commit-size.ts'
import { suggest, suggestHelp, suggestOptions } from './commit-suggest.ts'
import { expiry, offers, rungs, termsHelp, termsOptions } from './commit-terms.ts'

const parts: Readonly<Record<string, (args: CommandArgs, io: CommandIo) => Promise<void>>> = {
  size,
  offers,
  expiry,
  ladder: rungs,
  suggest,
}

/** `costwright commit`: the purchase lab, on the lake (`suggest`) and on plain files. */
export const commitCommand: Command = {
  options: { ...sizeOptions, ...termsOptions, ...suggestOptions },
  help: [...suggestHelp, ...sizeHelp, ...termsHelp],
  async run(args, io) {
    const [name = '', ...rest] = args.positionals
    const part = Object.hasOwn(parts, name) ? parts[name] : undefined
    if (!part || rest.length > 0)
      throw new UserError(
        args.positionals.length === 0 ? 'commit what?' : `commit ${args.positionals.join(' ')} is not known`,
        {
          hint: `Say costwright commit ${Object.keys(parts).join(', or ')}; for example commit size --hours FILE.csv --discount 0.30.`,
        },
      )
    await part(args, io)
    return 0
  },
}
