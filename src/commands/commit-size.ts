import { commitmentRange } from '../commit/bootstrap.ts'
import { sizeDocument } from '../commit/document.ts'
import { compare, one, zero } from '../commit/fraction.ts'
import { type Suggestions, suggest } from '../commit/postures.ts'
import { readHours } from '../commit/read-hours.ts'
import { type Policy, type Sizing, sizeOf, sizingWorth } from '../commit/size.ts'
import { sizeText } from '../commit/size-text.ts'
import { rangeText, suggestionDocument } from '../commit/suggestion-document.ts'
import { UserError } from '../errors.ts'
import { openDuckDb } from '../warehouse/duckdb.ts'
import { type CommandArgs, type CommandIo, dayOption, textOption } from './command.ts'
import { decimal } from './decimal-option.ts'

export const sizeOptions = {
  hours: { type: 'string' },
  discount: { type: 'string' },
  existing: { type: 'string' },
  until: { type: 'string' },
  vanish: { type: 'string' },
  salvage: { type: 'string' },
  'utilisation-floor': { type: 'string' },
  cap: { type: 'string' },
  step: { type: 'string' },
  missing: { type: 'string' },
} as const

export const sizeHelp = [
  'size: how much to buy, and what it would have earned',
  '  --hours FILE   CSV hour,ode (UTC hour, on-demand equivalent of the hour), or hour,item,ode,discount;',
  '                 one row a day is the on-demand equivalent of that day',
  '  --discount D   of all hours, where rows have none: 0.30 is 30 %',
  '  --existing FILE           CSV hour,ode: already covered by commitments that stay alive',
  '                            or hour,ode,end with the day on which what covered it ends; empty where it stays',
  '  --until DATE              end of the horizon: what ends until then is put back before sizing',
  '  --vanish H                probability that the whole demand disappears, 0 to 1',
  '  --salvage S               fraction of the unused cost that is recovered, 0 to 1',
  '  --utilisation-floor U     least used share of the commitment, 0 to 1',
  '  --cap AMOUNT              highest commitment per hour, at commitment prices',
  '  --step AMOUNT             purchasable step per hour, at commitment prices; 0.001 for AWS savings plans',
  '  --missing zero            an hour without a row had no demand; otherwise it is an error',
]

/** `costwright commit size`: the best size on a demand in plain files (specs/commitments.md section 16). */
export async function size(args: CommandArgs, io: CommandIo): Promise<void> {
  const hours = textOption(args, 'hours')
  if (hours === undefined) throw new UserError('--hours is missing', { hint: 'For example --hours demand.csv.' })
  const missing = textOption(args, 'missing')
  if (missing !== undefined && missing !== 'zero')
    throw new UserError(`--missing ${missing} is not known`, { hint: 'Say --missing zero, or leave it out.' })
  const discount = decimal(args, 'discount', 'a decimal below 1', (value) => compare(value, one) < 0)
  const policy = policyOf(args)
  const warehouse = await openDuckDb({ path: ':memory:' })
  try {
    const existing = textOption(args, 'existing')
    const until = dayOption(args, 'until')
    const input = await readHours(warehouse, { hours, discount, existing, until, missingIsZero: missing === 'zero' })
    const sizing = sizeOf(input.residual, policy, input.calendar.entryHours)
    const { entryHours } = input.calendar
    const found = suggest(input.residual, { policy, entryHours })
    const range = commitmentRange(input.residual, sizingWorth(input.residual, policy, entryHours), 168 / entryHours)
    const document = {
      ...sizeDocument(input, found ? doubted(sizing, found) : sizing),
      commitment_range: rangeText(range && { low: range.low / entryHours, high: range.high / entryHours }),
      ...suggestionDocument(found, entryHours),
    }
    io.out(args.values['json'] ? `${JSON.stringify(document)}\n` : sizeText(document))
  } finally {
    warehouse.close()
  }
}

/** A sizing whose reason says that the back-test forbids to suggest it. */
function doubted(sizing: Sizing, { refused }: Suggestions): Sizing {
  const refusal = refused.find(({ posture }) => posture === 'balanced')
  return refusal ? { ...sizing, reason: `${sizing.reason}; not suggested: ${refusal.reason}` } : sizing
}

/** Limits of a purchase from the options. Throws UserError for values out of range. */
export function policyOf(args: CommandArgs): Policy {
  const share = (name: string) =>
    decimal(args, name, 'a fraction from 0 to 1', (value) => compare(value, zero) >= 0 && compare(value, one) <= 0)
  const vanish = share('vanish')
  const salvage = share('salvage')
  const floor = share('utilisation-floor')
  const cap = decimal(args, 'cap', 'an amount of 0 or more', (value) => compare(value, zero) >= 0)
  const step = decimal(args, 'step', 'an amount above 0', (value) => compare(value, zero) > 0)
  return {
    ...(vanish && { vanish }),
    ...(salvage && { salvage }),
    ...(floor && { floor }),
    ...(cap && { cap }),
    ...(step && { step }),
  }
}
