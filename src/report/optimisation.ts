import { formatMoney, formatShare } from '../web/format.ts'
import { cell, mine, number, total } from './cells.ts'
import { wasteTable } from './commitments.ts'
import type { Section, Table, Tile, Value } from './document.ts'
import { expiryParts } from './expiry.ts'
import type { Kind } from './kinds.ts'
import { purchaseSections } from './purchases.ts'
import { adviceTable, recommendationTable } from './recommended.ts'
import type { Frame, ReportSource, Row } from './source.ts'
import { accrual } from './trends.ts'

/** What could be saved, ranked by money that the bill proves; what was promised and what came of it. */
export const optimisation: Kind = {
  name: 'optimisation',
  title: 'Optimisation report',
  pages: null,
  needsTeam: false,
  async gather(source, frame) {
    const { findings, totals, look } = await source.recommendations()
    const own = findings.rows.filter((row) => row['currency'] === frame.currency)
    const [sums] = mine(totals.rows, frame)
    const [funnel] = mine(await source.funnel(), frame)
    const lab = await source.purchases()
    const period = look ? `30 days to ${look.end}` : 'no complete days'
    return [
      {
        id: 'potential',
        title: '',
        lead: lead(sums, frame),
        rows: [await tiles(source, frame, { sums, funnel, period })],
      },
      ...(source.teams
        ? []
        : [
            { id: 'wasted', title: 'Paid for and not used', lead: null, rows: [[await wasteTable(source, frame, 12)]] },
          ]),
      {
        id: 'recommendations',
        title: 'What to do, largest saving first',
        lead: null,
        rows: [[recommendationTable(own, frame, { period, limit: 30 })], [adviceTable(own, frame, period)]],
      },
      {
        id: 'ledger',
        title: 'What was promised, and what came of it',
        lead: null,
        rows: [[funnelTable(funnel, frame)], [realisedTable(source, frame)]],
      },
      ...(source.teams
        ? [teamNotes(source.teams)]
        : [{ id: 'expiry', title: 'Commitments that end', lead: null, rows: await expiryParts(source, frame) }]),
      ...purchaseSections(lab, frame),
    ] satisfies Section[]
  },
}

/** What a report over some teams' charges leaves out. */
function teamNotes(teams: readonly string[]): Section {
  const lines = [
    `Made from the charges of ${teams.join(', ')} alone: resources that others are charged for too are left out.`,
    'Commitments are shared between teams, so whether they are used, when they end and what to buy is left out, as is what depends on other resources.',
  ]
  return {
    id: 'scope',
    title: 'What is left out',
    lead: null,
    rows: [[{ type: 'notes', id: 'scope', title: '', lines }]],
  }
}

function lead(sums: Row | undefined, { currency }: Frame): string {
  if (!sums) return 'Nothing was found that the bill proves could be saved.'
  const money = (name: string) => formatMoney(cell(sums, name), currency, 'whole')
  return `${cell(sums, 'counted')} findings save ${money('cash_saving_month')} a month after the waterfall, ${money('expected_saving_month')} at their confidence; no cost is saved twice.`
}

interface Potential {
  readonly sums: Row | undefined
  readonly funnel: Row | undefined
  readonly period: string
}

async function tiles(source: ReportSource, frame: Frame, { sums, funnel, period }: Potential): Promise<Tile[]> {
  const money = (value: Value) => formatMoney(value, frame.currency, 'compact')
  const tile = (given: Pick<Tile, 'metric' | 'label' | 'value' | 'unit' | 'detail' | 'reason' | 'basis'>): Tile => ({
    type: 'tile',
    target: null,
    status: given.value === null ? 'not_computable' : 'no_target',
    ...given,
  })
  const potential = cell(sums, 'cash_saving_month')
  const [spend] = mine(
    await source.rows('cost_explorer', { group_by: 'total', charge_category: 'Usage', ...frame.within }),
    frame,
  )
  const usage = cell(spend, 'effective_cost')
  const efficiency =
    potential === null || usage === null || Number(usage) <= 0 ? null : 1 - Number(potential) / Number(usage)
  return [
    tile({
      metric: 'opt.potential',
      label: 'Could be saved a month',
      value: potential,
      unit: 'money',
      detail: `${money(cell(sums, 'expected_saving_month'))} at the findings' confidence`,
      reason: potential === null ? 'no finding' : null,
      basis: `accrual, ${period}`,
    }),
    tile({
      metric: 'opt.efficiency',
      label: 'Cost efficiency',
      value: efficiency === null ? null : String(efficiency),
      unit: 'ratio',
      detail: `of ${money(usage)} usage`,
      reason: efficiency === null ? 'no usage or no finding' : null,
      basis: accrual,
    }),
    tile({
      metric: 'opt.verified',
      label: 'Verified a month',
      value: cell(funnel, 'verified'),
      unit: 'money',
      detail: `${money(cell(funnel, 'run_rate_year'))} a year`,
      reason: funnel ? null : 'nothing has been decided yet',
      basis: 'measured on the bill',
    }),
    tile({
      metric: 'opt.realisation',
      label: 'Realised of promised',
      value: cell(funnel, 'realisation_rate'),
      unit: 'ratio',
      detail: `${money(cell(funnel, 'implemented'))} done as promised; end to end ${formatShare(number(funnel, 'end_to_end'))}`,
      reason: cell(funnel, 'realisation_rate') === null ? 'nothing is done yet' : null,
      basis: 'verified ÷ done',
    }),
  ]
}

function funnelTable(funnel: Row | undefined, frame: Frame): Table {
  const line = (step: string, amount: string, rate: string | null) => ({
    cells: [step, cell(funnel, amount), rate === null ? null : cell(funnel, rate)],
  })
  return {
    type: 'table',
    id: 'funnel',
    title: `From found to verified, ${frame.currency} a month`,
    basis: 'prices at identification; verified as measured',
    columns: [
      { id: 'step', head: 'Step', unit: 'text' },
      { id: 'amount', head: 'A month', unit: 'money' },
      { id: 'rate', head: 'Of the step before', unit: 'ratio' },
    ],
    rows: funnel
      ? [
          line('Identified', 'identified', null),
          line('Accepted', 'accepted', 'acceptance_rate'),
          line('Done', 'implemented', 'implementation_rate'),
          line('Verified on the bill', 'verified', 'realisation_rate'),
        ]
      : [],
    empty: 'no saving is in the ledger yet: costwright recommend enters what it finds',
  }
}

const savingsShown = 20

/** Savings that people decided on, with what was promised and what the bill shows. */
function realisedTable(source: ReportSource, frame: Frame): Table {
  const rows = source.savings.filter(
    ({ currency, state }) => currency === frame.currency && !['proposed', 'expired'].includes(state),
  )
  const left = rows.slice(savingsShown)
  return {
    type: 'table',
    id: 'realised',
    title: `Decided savings, ${frame.currency} a month`,
    basis: 'promised at identification, verified as measured',
    columns: [
      { id: 'resource', head: 'Resource', unit: 'id', width: 2 },
      { id: 'rule', head: 'Rule', unit: 'text' },
      { id: 'owner', head: 'Owner', unit: 'text', width: 0.7 },
      { id: 'state', head: 'State', unit: 'text', width: 0.7 },
      { id: 'promised', head: 'Promised', unit: 'money' },
      { id: 'verified', head: 'Verified', unit: 'money' },
    ],
    rows: [
      ...rows.slice(0, savingsShown).map((one) => ({
        cells: [
          one.resource_id,
          one.rule,
          one.owner,
          one.state.replaceAll('_', ' '),
          one.identified_amount,
          one.verified_amount,
        ],
      })),
      ...(left.length > 0
        ? [
            {
              kind: 'others' as const,
              cells: [
                `${left.length} others`,
                null,
                null,
                null,
                total(left.map((one) => one.identified_amount)),
                total(left.map((one) => one.verified_amount)),
              ],
            },
          ]
        : []),
    ],
    empty: 'nobody has decided on a saving yet',
  }
}
