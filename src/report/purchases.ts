import type { LabDocument } from '../commit/lab-document.ts'
import { formatMoney, formatShare } from '../web/format.ts'
import type { Chart, Section, Table, Value } from './document.ts'
import type { Frame } from './source.ts'
import { monthLabels } from './trends.ts'

const simulated = 'simulated on past hours, contracted prices'

/** What to buy next, and what buying by each rule would have cost: the purchase lab's answer for the frame's currency. */
export function purchaseSections(lab: LabDocument | null, frame: Frame): readonly Section[] {
  if (lab === null) return []
  const own = <T extends { readonly currency: string }>(rows: readonly T[]) =>
    rows.filter(({ currency }) => currency === frame.currency)
  const totals = own(lab.walk_forward_totals)
  return [
    {
      id: 'purchases',
      title: 'What to buy next',
      lead: null,
      rows: [[suggestionTable(own(lab.suggestions), frame)], [refusedTable(own(lab.refused))]],
    },
    {
      id: 'comparison',
      title: 'What each rule would have cost',
      lead: comparisonText(totals, frame),
      rows: [[comparisonTable(totals, frame)], [comparisonChart(own(lab.walk_forward))]],
    },
  ]
}

function suggestionTable(suggestions: LabDocument['suggestions'], frame: Frame): Table {
  return {
    type: 'table',
    id: 'suggestions',
    title: `Suggested purchases, ${frame.currency}`,
    basis: simulated,
    columns: [
      { id: 'what', head: 'What', unit: 'text', width: 1.8 },
      { id: 'posture', head: 'Posture', unit: 'text', width: 0.8 },
      { id: 'commitment_per_hour', head: 'Per hour', unit: 'decimal' },
      { id: 'saving_per_month', head: 'Saves a month', unit: 'money' },
      { id: 'discount', head: 'Discount', unit: 'ratio' },
      { id: 'break_even', head: 'Break-even use', unit: 'ratio' },
      { id: 'utilisation', head: 'Expected use', unit: 'ratio' },
      { id: 'coverage_before', head: 'Covered now', unit: 'ratio' },
      { id: 'coverage_after', head: 'after', unit: 'ratio' },
      { id: 'confidence', head: 'Confidence', unit: 'text', width: 0.8 },
    ],
    rows: suggestions.map((one) => ({
      cells: [
        [one.program, one.family, one.region].filter((name) => name !== '').join(', '),
        one.posture,
        one.commitment_per_hour,
        one.saving_per_month,
        String(one.discount),
        String(one.break_even_utilisation),
        textOf(one.utilisation),
        textOf(one.coverage_before),
        textOf(one.coverage_after),
        one.confidence,
      ],
    })),
    empty: 'nothing is worth buying now',
    note:
      suggestions.length === 0
        ? null
        : `Prices: ${[...new Set(suggestions.map((one) => one.price_note))].slice(0, 4).join('; ')}`,
  }
}

const textOf = (value: number | null): Value => (value === null ? null : String(value))

const refusedShown = 12

function refusedTable(refused: LabDocument['refused']): Table {
  return {
    type: 'table',
    id: 'not_suggested',
    title: 'Not suggested',
    basis: simulated,
    columns: [
      { id: 'what', head: 'What', unit: 'text' },
      { id: 'reason', head: 'Why not', unit: 'text', width: 2 },
      { id: 'uncovered_per_hour', head: 'Uncovered an hour', unit: 'decimal' },
    ],
    rows: refused.slice(0, refusedShown).map((one) => ({
      cells: [
        [one.program, one.family, one.region].filter((name) => name !== '').join(', '),
        one.reason,
        one.uncovered_per_hour,
      ],
    })),
    empty: 'nothing was refused',
    note: refused.length > refusedShown ? `and ${refused.length - refusedShown} more` : null,
  }
}

const strategyNames = { nothing: 'Buying nothing', mean: 'Buying the mean', balanced: 'Balanced (suggested)' } as const

function comparisonText(totals: LabDocument['walk_forward_totals'], frame: Frame): string | null {
  const balanced = totals.find(({ strategy }) => strategy === 'balanced')
  if (!balanced) return null
  const saved = balanced.saved_against_nothing
  return `Over ${balanced.months} months the suggested rule would have saved ${formatMoney(saved, frame.currency, 'whole')} (${formatShare(balanced.saving_rate)}) against buying nothing, each month decided on what was known before it.`
}

function comparisonTable(totals: LabDocument['walk_forward_totals'], frame: Frame): Table {
  return {
    type: 'table',
    id: 'comparison',
    title: `Purchases compared, ${frame.currency}`,
    basis: `walk-forward, ${simulated}`,
    columns: [
      { id: 'strategy', head: 'Rule', unit: 'text' },
      { id: 'months', head: 'Months', unit: 'count' },
      { id: 'commitment_cost', head: 'Commitments', unit: 'money' },
      { id: 'on_demand_cost', head: 'On demand', unit: 'money' },
      { id: 'net_cost', head: 'Together', unit: 'money' },
      { id: 'saved', head: 'Saved', unit: 'money' },
      { id: 'saving_rate', head: 'Rate', unit: 'ratio' },
      { id: 'utilisation', head: 'Used', unit: 'ratio' },
    ],
    rows: totals.map((row) => ({
      cells: [
        strategyNames[row.strategy],
        String(row.months),
        row.commitment_cost,
        row.on_demand_cost,
        row.net_cost,
        row.saved_against_nothing,
        textOf(row.saving_rate),
        textOf(row.utilisation),
      ],
    })),
    empty: 'too little history to compare rules',
    note: 'Past months decided with what was known at their start; commitments that existed before are the same in each and left out.',
  }
}

function comparisonChart(months: LabDocument['walk_forward']): Chart {
  const keys = [...new Set(months.map(({ month }) => month))].sort()
  const strategies = (['mean', 'balanced'] as const).filter((strategy) =>
    months.some((one) => one.strategy === strategy),
  )
  const saved = (strategy: string, month: string) =>
    months.find((one) => one.strategy === strategy && one.month === month)?.saved_against_nothing ?? null
  return {
    type: 'chart',
    id: 'saved_by_rule',
    title: 'Saved each month against buying nothing',
    basis: `walk-forward, ${simulated}`,
    kind: 'columns',
    unit: 'money',
    categories: monthLabels(keys),
    keys,
    series: strategies.map((strategy) => ({
      name: strategyNames[strategy],
      role: 'actual' as const,
      values: keys.map((month) => saved(strategy, month)),
    })),
    empty: 'too little history to compare rules',
  }
}
