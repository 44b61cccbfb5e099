import { compare, decimalText, zero } from '../commit/fraction.ts'
import { ladder } from '../commit/ladder.ts'
import { judgeOffers } from '../commit/offers.ts'
import { obligations } from '../commit/portfolio-terms.ts'
import { readOffers, readPlans } from '../commit/read-plans.ts'
import type { Fraction } from '../core/money.ts'
import { UserError } from '../errors.ts'
import { openDuckDb } from '../warehouse/duckdb.ts'
import type { Result, Warehouse } from '../warehouse/warehouse.ts'
import { type CommandArgs, type CommandIo, numberOption, textOption } from './command.ts'
import { decimal } from './decimal-option.ts'
import { writeResult } from './output.ts'

export const termsOptions = {
  offers: { type: 'string' },
  capital: { type: 'string' },
  'break-even': { type: 'string' },
  plans: { type: 'string' },
  at: { type: 'string' },
  eligible: { type: 'string' },
  amount: { type: 'string' },
  tranches: { type: 'string' },
  term: { type: 'string' },
} as const

export const termsHelp = [
  'offers: term and payment, judged by break-even and by what an upfront payment earns a year',
  '  --offers FILE  CSV offer,term_months,upfront,recurring_per_hour,on_demand_per_hour, all for the same capacity',
  '  --capital R    annual cost of capital; default 0.08',
  '  --break-even M months within which full use has to earn the upfront back; default 9',
  'expiry: what is still owed, when it ends, how long it locks in',
  '  --plans FILE   CSV id,start,end,commitment_per_hour',
  '  --at DATE      --eligible AMOUNT per hour of eligible spend at commitment prices',
  'ladder: equal purchases a part of the term apart',
  '  --amount AMOUNT per hour  --tranches N  --term MONTHS  --at DATE of the first',
]

/** `costwright commit offers`. */
export async function offers(args: CommandArgs, io: CommandIo): Promise<void> {
  const file = needed(args, 'offers', 'offers.csv')
  const policy = {
    capital: numberOption(args, 'capital', (n) => n > -1, 'an annual rate such as 0.08') ?? 0.08,
    break_even_months: numberOption(args, 'break-even', (n) => n >= 0, 'a number of months') ?? 9,
  }
  const judged = judgeOffers(await withScratch((warehouse) => readOffers(warehouse, file)), policy)
  const rows = judged.map((offer) => ({
    offer: offer.offer,
    term_months: offer.term_months,
    effective_per_hour: decimalText(offer.effective_per_hour),
    discount: textOf(offer.discount),
    break_even_utilisation: textOf(offer.break_even_utilisation),
    break_even_months: textOf(offer.break_even_months),
    implied_interest: offer.implied_interest?.toFixed(6) ?? null,
    compared_with: offer.compared_with,
    objections: offer.objections.join('; '),
  }))
  write(rows, {}, args, io)
}

/** `costwright commit expiry`. */
export async function expiry(args: CommandArgs, io: CommandIo): Promise<void> {
  const file = needed(args, 'plans', 'plans.csv')
  const now = dateOption(args)
  const eligible = decimal(args, 'eligible', 'an amount of 0 or more', (value) => compare(value, zero) >= 0)
  const plans = await withScratch((warehouse) => readPlans(warehouse, file))
  const found = obligations(plans, now, eligible ?? zero)
  const rows = found.plans.map((plan) => ({
    id: plan.id,
    start: plan.start,
    end: plan.end,
    commitment_per_hour: decimalText(plan.commitment_per_hour),
    remaining_days: decimalText(plan.remaining_days),
    remaining_obligation: decimalText(plan.remaining_obligation),
  }))
  const summary = {
    remaining_obligation: decimalText(found.total),
    weighted_remaining_days: textOf(found.weighted_days),
    active_per_hour: decimalText(found.active_per_hour),
    lock_in_months: textOf(found.lock_in_months),
    expiring_within_days: found.expiring,
    largest_share_ending_in_30_days: textOf(found.largest_step),
  }
  write(rows, summary, args, io)
}

/** `costwright commit ladder`. */
export async function rungs(args: CommandArgs, io: CommandIo): Promise<void> {
  const per_hour = decimal(args, 'amount', 'an amount of 0 or more', (value) => compare(value, zero) >= 0)
  if (!per_hour) throw new UserError('--amount is missing', { hint: 'For example --amount 12.' })
  const count = (name: string, most: number) =>
    numberOption(args, name, (n) => Number.isInteger(n) && n >= 1 && n <= most, `a whole number from 1 to ${most}`)
  const rows = ladder(per_hour, count('tranches', 120) ?? 4, count('term', 120) ?? 12, dateOption(args)).map(
    (rung) => ({
      ...rung,
      commitment_per_hour: decimalText(rung.commitment_per_hour),
    }),
  )
  write(rows, {}, args, io)
}

function write(
  rows: Result['rows'],
  summary: Readonly<Record<string, unknown>>,
  args: CommandArgs,
  io: CommandIo,
): void {
  const columns = Object.keys(rows[0] ?? {}).map((name) => ({ name, type: 'VARCHAR' }))
  if (args.values['json']) {
    io.out(`${JSON.stringify({ ...summary, rows })}\n`)
    return
  }
  writeResult({ columns, rows }, {}, 'table', undefined, io)
  for (const [name, value] of Object.entries(summary))
    io.out(
      `${name.padEnd(32)}  ${typeof value === 'object' && value !== null ? JSON.stringify(value) : (value ?? 'unknown')}\n`,
    )
}

async function withScratch<T>(run: (warehouse: Warehouse) => Promise<T>): Promise<T> {
  const warehouse = await openDuckDb({ path: ':memory:' })
  try {
    return await run(warehouse)
  } finally {
    warehouse.close()
  }
}

function needed(args: CommandArgs, name: string, example: string): string {
  const value = textOption(args, name)
  if (value === undefined) throw new UserError(`--${name} is missing`, { hint: `For example --${name} ${example}.` })
  return value
}

function dateOption(args: CommandArgs): string {
  const value = needed(args, 'at', '2026-08-01')
  if (/^\d{4}-\d{2}-\d{2}$/.test(value) && !Number.isNaN(Date.parse(value))) return value
  throw new UserError(`--at ${value} is not a date`, { hint: 'Write it as 2026-08-01.' })
}

function textOf(value: Fraction | null): string | null {
  return value && decimalText(value)
}
