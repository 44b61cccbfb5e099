import { writeFileSync } from 'node:fs'
import { labResults } from '../commit/lab.ts'
import type { LabDocument, LabRefusal, LabScope, LabSuggestion } from '../commit/lab-document.ts'
import { asOfHelp, asOfInstant, asOfOption } from './as-of.ts'
import { type CommandArgs, type CommandIo, numberOption, textOption } from './command.ts'
import { policyOf } from './commit-size.ts'
import { checkFolder } from './output.ts'
import { formatTable } from './table.ts'

type Row = Readonly<Record<string, unknown>>

/** Suggestions whose postures and options are printed; the JSON document has all. */
const detailed = 5

export const suggestOptions = {
  ...asOfOption,
  horizon: { type: 'string' },
  months: { type: 'string' },
  out: { type: 'string' },
} as const

export const suggestHelp = [
  'suggest: what to buy for the usage in the lake, with prices, outcomes, back-tests and the past year walked forward',
  '  --term MONTHS   12 or 36; default 12          --capital R  as for offers',
  '  --horizon DAYS  commitments that end within so many days count as ended; default 30',
  '  --months N      past months to walk forward; default 12',
  '  --cap, --utilisation-floor, --vanish, --salvage as for size; the cap is for all suggestions of a currency together',
  '  --out FILE      the JSON document to a file',
  `  ${asOfHelp}`,
]

/** `costwright commit suggest`: the purchase lab on the lake. */
export async function suggest(args: CommandArgs, io: CommandIo): Promise<void> {
  const whole = (name: string, most: number) =>
    numberOption(args, name, (n) => Number.isInteger(n) && n >= 0 && n <= most, `a whole number from 0 to ${most}`)
  const term = numberOption(args, 'term', (n) => n === 12 || n === 36, '12 or 36 months')
  const capital = numberOption(args, 'capital', (n) => n > -1, 'an annual rate such as 0.08')
  const horizon = whole('horizon', 365)
  const months = whole('months', 36)
  const { cap, step: _, ...policy } = policyOf(args)
  const out = textOption(args, 'out')
  checkFolder(out)
  const runtime = io.runtime()
  const asOf = asOfInstant(args, runtime)
  const warehouse = await runtime.open(asOf)
  try {
    const document = await labResults(warehouse, {
      now: asOf === undefined ? runtime.now() : new Date(asOf),
      ...(term !== undefined && { term_months: term }),
      ...(capital !== undefined && { capital_rate: capital }),
      ...(horizon !== undefined && { horizon_days: horizon }),
      ...(months !== undefined && { months }),
      ...(cap && { budget_per_hour: cap }),
      policy,
    })
    if (out !== undefined) writeFileSync(out, `${JSON.stringify(document)}\n`)
    else io.out(args.values['json'] ? `${JSON.stringify(document)}\n` : labText(document, io.columns))
  } finally {
    warehouse.close()
  }
}

function labText(lab: LabDocument, width: number | null): string {
  if (!lab.demand) return 'No usage that a commitment could cover is in the lake.\n'
  const { lookback_days, horizon_days, term_months } = lab.settings
  return [
    heading(`What to commit to: ${term_months}-month terms, demand through ${lab.demand.to.slice(0, 10)}`),
    formatTable(suggestionTable(lab.suggestions), width),
    `Sized on at most ${lookback_days} days; commitments that end within ${horizon_days} days count as ended; eligibility of ${lab.eligibility}.`,
    'p5 and p95: saving a month over quarters of weeks drawn from the demand. regret: cost above hindsight, all back-test origins together.',
    '* billed by the day: sized on daily means, at half the discount, since days hide the troughs of their hours; low confidence.',
    ...lookupNote(lab.suggestions),
    ...notes(lab.suggestions),
    heading('Postures of the largest, and what their rule cost more over all back-test origins'),
    formatTable(postureTable(lab.suggestions), width),
    heading('Term and payment of the largest, for the same capacity'),
    formatTable(optionTable(lab.suggestions), width),
    heading('Not suggested'),
    formatTable(refusalTable(lab.refused), width),
    heading(`Had the lab been followed: bought at the start of each month with what was known before it`),
    formatTable(walkTable(lab), width),
    'Existing commitments cost the same in all strategies and are left out. No strategy buys before a back-test is possible.',
    '',
  ].join('\n')
}

function suggestionTable(suggestions: readonly LabSuggestion[]) {
  return table(
    suggestions.map((each) => {
      const posture = each.postures.find(({ posture: name }) => name === each.posture)
      const test = posture?.back_test
      return {
        ...what(each),
        posture: each.posture,
        'per hour': each.commitment_per_hour,
        currency: each.currency,
        discount: percent(each.discount),
        price: each.price_source,
        'saves a month': each.saving_per_month,
        p5: posture?.saving_per_month_p5 ?? null,
        p95: posture?.saving_per_month_p95 ?? null,
        used: percent(each.utilisation),
        'break-even at': percent(each.break_even_utilisation),
        covered: `${percent(each.coverage_before)} → ${percent(each.coverage_after)}`,
        'back-test': test ? `${test.origins - test.losses} of ${test.origins} won` : '–',
        regret: test?.regret_to_oracle ?? null,
        confidence: each.confidence,
      }
    }),
    ['per hour', 'saves a month', 'p5', 'p95', 'regret'],
  )
}

function postureTable(suggestions: readonly LabSuggestion[]) {
  const rows = suggestions.slice(0, detailed).flatMap((each) =>
    each.postures.map((posture) => ({
      ...what(each),
      posture: posture.posture,
      'per hour': posture.commitment_per_hour,
      currency: each.currency,
      'saves a month': posture.saving_per_month,
      p5: posture.saving_per_month_p5,
      p95: posture.saving_per_month_p95,
      'worst week used': percent(posture.worst_week_utilisation),
      'back-test': `${posture.back_test.origins - posture.back_test.losses} of ${posture.back_test.origins} won`,
      'against nothing': posture.back_test.regret_to_nothing,
      'against the mean': posture.back_test.regret_to_mean,
      'against hindsight': posture.back_test.regret_to_oracle,
      refused: posture.refused ?? '',
    })),
  )
  return table(rows, [
    'per hour',
    'saves a month',
    'p5',
    'p95',
    'against nothing',
    'against the mean',
    'against hindsight',
  ])
}

/** A scope as its first columns; usage that is billed by the day is marked. */
function what({ program, family, region, granularity }: LabScope) {
  return { buy: granularity === 'daily' ? `${program} *` : program, family: family || 'all', region: region || 'all' }
}

function optionTable(suggestions: readonly LabSuggestion[]) {
  const rows = suggestions.slice(0, detailed).flatMap(({ options, ...scope }) =>
    options.map((each) => ({
      ...what(scope),
      option: each.option,
      discount: percent(each.discount),
      currency: scope.currency,
      'per hour': each.commitment_per_hour,
      upfront: each.upfront,
      'break-even at': percent(each.break_even_utilisation),
      'months to break even': each.break_even_months === null ? '–' : each.break_even_months.toFixed(1),
      'upfront earns a year': percent(each.implied_interest),
      'beats renewal after':
        each.beats_renewal_after_months === null ? '–' : `${each.beats_renewal_after_months} months`,
      price: each.price_note,
      against: each.objections.join('; '),
    })),
  )
  return table(rows, ['per hour', 'upfront'])
}

function refusalTable(refused: readonly LabRefusal[]) {
  const rows = refused.map((each) => ({
    ...what(each),
    'uncovered an hour': each.uncovered_per_hour,
    currency: each.currency,
    reason: each.reason,
  }))
  return table(rows, ['uncovered an hour'])
}

function walkTable({ walk_forward_totals }: LabDocument) {
  const rows = walk_forward_totals.map((each) => ({
    strategy: { nothing: 'buy nothing', mean: 'buy at the mean', balanced: 'balanced suggestions' }[each.strategy],
    currency: each.currency,
    months: String(each.months),
    commitments: each.commitment_cost,
    'on demand': each.on_demand_cost,
    'net cost': each.net_cost,
    saved: each.saved_against_nothing,
    rate: percent(each.saving_rate),
    used: percent(each.utilisation),
  }))
  return table(rows, ['commitments', 'on demand', 'net cost', 'saved'])
}

/** How old the public prices are that suggestions rest on. */
function lookupNote(suggestions: readonly LabSuggestion[]): string[] {
  const used = suggestions.filter(({ price_source }) => price_source === 'lookup')
  const ages = used.flatMap(({ price_note }) =>
    [...price_note.matchAll(/(\d+) days old/g)].map((match) => Number(match[1])),
  )
  if (ages.length === 0) return []
  const oldest = ages.reduce((most, age) => Math.max(most, age))
  return [`lookup: dated public prices, up to ${oldest} days old, of the commonest kind; check yours before you buy.`]
}

/** Notes on suggestions that have any beside their granularity, and on what they count as ended. */
function notes(suggestions: readonly LabSuggestion[]): string[] {
  return suggestions.flatMap(({ scope, warnings, put_back }) => {
    const own = warnings.filter((text) => !text.startsWith('sized on daily means'))
    const all = put_back.length > 0 ? [...own, `counts as ended: ${put_back.join(', ')}`] : own
    return all.length > 0 ? [`  ${scope}: ${all.join('; ')}`] : []
  })
}

function table(rows: readonly Row[], amounts: readonly string[]) {
  const names = Object.keys(rows[0] ?? {})
  return { columns: names.map((name) => ({ name, type: amounts.includes(name) ? 'DECIMAL' : 'VARCHAR' })), rows }
}

function percent(ratio: number | null): string {
  return ratio === null ? '–' : `${(100 * ratio).toFixed(1)} %`
}

function heading(text: string): string {
  return `\n${text}\n${'─'.repeat(text.length)}`
}
