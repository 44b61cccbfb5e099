import { fraction } from '../commit/fraction.ts'
import type { Fraction } from '../core/money.ts'
import { UserError } from '../errors.ts'
import { type CommandArgs, textOption } from './command.ts'

/** An option's exact number. Throws UserError for other text and where `accepts` does not hold. */
export function decimal(
  args: CommandArgs,
  name: string,
  expected: string,
  accepts: (value: Fraction) => boolean,
): Fraction | undefined {
  const text = textOption(args, name)
  if (text === undefined) return undefined
  let value: Fraction | null
  try {
    value = fraction(text)
  } catch {
    value = null
  }
  if (value && accepts(value)) return value
  const hint = expected.includes('amount') ? `For example --${name} 4.2.` : `Write 30 % as --${name} 0.30.`
  throw new UserError(`--${name} ${text} is not ${expected}`, { hint })
}
