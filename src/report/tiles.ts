import { formatMoney, formatMonth, formatPercent, formatShare } from '../web/format.ts'
import { cell, mine, number } from './cells.ts'
import type { Status, Tile } from './document.ts'
import type { Frame, ReportSource, Row } from './source.ts'
import { heldTo } from './targets.ts'
import { accrual, type UnitTrend } from './trends.ts'

const compact = (amount: string | null, { currency }: Frame) => formatMoney(amount, currency, 'compact')

/** Spend of the month against the budget `row` (of `spend_variance`); `actual` is known also without a budget. */
export function spendTile(source: ReportSource, frame: Frame, row: Row | undefined): Tile {
  const held = heldTo(source, 'budget.variance_pct', 'percent')
  const percent = number(row, 'variance_pct')
  const amounts = `${compact(cell(row, 'actual'), frame)} of ${compact(cell(row, 'budget_amount'), frame)}`
  return {
    type: 'tile',
    metric: 'budget.variance_pct',
    label: 'Spend against budget',
    value: cell(row, 'variance_pct'),
    unit: 'points',
    detail: percent === null ? `spent ${compact(cell(row, 'actual'), frame)}` : amounts,
    target: held.target,
    status: held.status(percent),
    reason: cell(row, 'reason') ?? (percent === null ? `no budget of ${formatMonth(frame.month)}` : null),
    basis: accrual,
  }
}

/** What the rate of commitments comes to; `row` is of `commitment_utilization`. */
export function commitmentTile(source: ReportSource, frame: Frame, row: Row | undefined): Tile {
  const used = number(row, 'utilisation')
  return {
    type: 'tile',
    metric: 'rate.utilisation',
    label: 'Reserved capacity used',
    value: cell(row, 'utilisation'),
    unit: 'ratio',
    detail: `${compact(cell(row, 'waste'), frame)} unused; coverage ${formatShare(number(row, 'coverage'))}, savings rate ${formatShare(number(row, 'esr'))}`,
    target: heldTo(source, 'rate.utilisation', 'ratio').target,
    status: heldTo(source, 'rate.utilisation', 'ratio').status(used),
    reason: cell(row, 'reason') ?? (used === null ? 'no commitment in this month' : null),
    basis: 'amortised, contracted prices',
  }
}

/** Spend that tags or accounts give to a team. */
export async function attributionTile(source: ReportSource, frame: Frame, tags: Row | undefined): Promise<Tile> {
  const teams = mine(await source.rows('cost_explorer', { group_by: 'team', ...frame.within }), frame)
  const nobody = number(
    teams.find((row) => row['group_value'] === '(none)'),
    'share',
  )
  const share = teams.length === 0 || teams.every((row) => row['share'] === null) ? null : 1 - (nobody ?? 0)
  const held = heldTo(source, 'alloc.coverage', 'ratio')
  return {
    type: 'tile',
    metric: 'alloc.coverage',
    label: 'Spend with an owner',
    value: share === null ? null : String(share),
    unit: 'ratio',
    detail: `by tag or account; all required tags on ${formatShare(number(tags, 'coverage_taggable'))} of taggable cost`,
    target: held.target,
    status: held.status(share),
    reason: share === null ? 'nothing was charged' : null,
    basis: accrual,
  }
}

/** How many business metrics cost no more a unit than at the start. */
export function unitTile(source: ReportSource, trends: readonly UnitTrend[]): Tile {
  const known = trends.filter(({ now }) => number(now, 'change_vs_baseline') !== null)
  const count = (status: string) => known.filter(({ now }) => now?.['target_status'] === status).length
  const [met, near] = [count('met'), count('near')]
  const status: Status =
    known.length === 0
      ? 'not_computable'
      : met === known.length
        ? 'met'
        : met + near === known.length
          ? 'near'
          : 'missed'
  const worst = known.toSorted(
    (a, b) => (number(b.now, 'change_vs_baseline') ?? 0) - (number(a.now, 'change_vs_baseline') ?? 0),
  )[0]
  const change = formatShare(number(worst?.now, 'change_vs_baseline'), { signed: true })
  return {
    type: 'tile',
    metric: 'unit.trend',
    label: 'Unit cost flat or falling',
    value: known.length === 0 ? null : String(met),
    unit: 'count',
    shown: `${met} of ${known.length}`,
    detail: worst
      ? `most: ${worst.metric.replaceAll('_', ' ')} ${change} since the first month`
      : 'no business metric with a volume',
    target: `${heldTo(source, 'unit.trend', 'ratio').target ?? 'none'} each`,
    status,
    reason: known.length === 0 ? 'import a business metric' : null,
    basis: `${accrual}, nominal prices`,
  }
}

/** Below this many judged alerts a share says nothing (specs/kpis.md section 6). */
const leastVerdicts = 10

/** Alerts that people found worth acting on. */
export function alertTile(source: ReportSource, open: number): Tile {
  const { judged, actionable, told } = source.usefulness
  const share = judged < leastVerdicts ? null : actionable / judged
  const held = heldTo(source, 'alert.actionable', 'ratio')
  return {
    type: 'tile',
    metric: 'alert.actionable',
    label: 'Alerts actionable',
    value: share === null ? null : String(share),
    unit: 'ratio',
    detail:
      judged === 0
        ? `${open} open, ${told} told, none judged`
        : `${open} open; ${actionable} of ${judged} judged worth acting on`,
    target: held.target,
    status: held.status(share),
    reason: share === null ? `a share needs ${leastVerdicts} judged alerts` : null,
    basis: 'verdicts of people',
  }
}

/** Shared services: needs rules that say what is shared and who bears it. */
export function sharedTile(source: ReportSource): Tile {
  return {
    type: 'tile',
    metric: 'shared.variance_pct',
    label: 'Shared services shown back',
    value: null,
    unit: 'points',
    detail: 'shared pools against budget',
    target: heldTo(source, 'shared.variance_pct', 'percent').target,
    status: 'not_computable',
    reason: 'no rules say which cost is shared',
    basis: accrual,
  }
}

/** Error of the forecast a quarter ahead at its last origins, in percent. */
export function accuracyTile(source: ReportSource, frame: Frame, level: 'total' | 'team'): Tile {
  const forecast = source.forecasts.find(({ currency }) => currency === frame.currency)
  const record = forecast?.record.find((one) => one.level === level && one.horizon === 'next quarter')
  const wape = record?.state === 'ok' ? record.wape : null
  const held = heldTo(source, 'forecast.wape', 'ratio')
  const bias = record?.bias ?? null
  return {
    type: 'tile',
    metric: 'forecast.wape',
    label: 'Forecast error',
    value: wape === null ? null : String(wape),
    unit: 'percent',
    detail:
      wape === null
        ? 'a quarter ahead'
        : `a quarter ahead, ${record?.points} origins; bias ${formatPercent(bias, { signed: true })}`,
    target: held.target,
    status: held.status(wape === null ? null : wape / 100),
    reason: forecast ? (wape === null ? 'too little history to score it' : null) : 'no forecast has been issued',
    basis: 'back-test, WAPE',
  }
}
