import type { Warehouse } from '../warehouse/warehouse.ts'
import type { CommitmentEnd } from './commitment-ends.ts'
import { dateAt, dayIndex, moneyText } from './input.ts'
import type { CompleteDays } from './lake-series.ts'
import { judgeRatio, type RatioIncident, ratioOf } from './ratio-judge.ts'
import { type MeasureName, type Ratio, ratioScale, readRatios } from './ratio-series.ts'

/** A finding of costs, in the words of the document: what it says, a ratio need not say again. */
export interface CostFinding {
  readonly series: { readonly provider?: string; readonly account?: string; readonly level?: string }
  readonly direction: 'up' | 'down'
  readonly onset: string
  readonly date: string
  readonly excess: string
}

const rules: Readonly<Record<MeasureName, string>> = {
  utilisation: 'utilisation_fall',
  coverage: 'coverage_fall',
  tag_coverage: 'tag_coverage_fall',
  unit_cost: 'unit_cost_rise',
}

interface Found {
  readonly ratio: Ratio
  readonly incident: RatioIncident
}

/**
 * Judges the lake's daily ratios in one currency. Alerts and incidents have the form of the leaves' document; an alert's `measure`
 * tells the ratio, its amounts what of it was there and what was expected to be. What a finding of costs explains is left out.
 */
export async function ratioAlerts(
  warehouse: Warehouse,
  currency: string,
  { complete, costs, ends }: { complete: CompleteDays; costs: readonly CostFinding[]; ends: readonly CommitmentEnd[] },
) {
  const ratios = await readRatios(warehouse, currency, complete)
  const all = ratios.flatMap((ratio) => judgeRatio(ratio).map((incident) => ({ ratio, incident })))
  const found = all.filter((one) => !isExplained(one, costs) && !isEnd(one, ends) && !isFolded(one, all))
  return {
    alerts: found.map((one) => ({ ...alertOf(one), currency })),
    incidents: found.map(incidentOf),
  }
}

/** Share of a ratio's money from which on something else is its cause. */
const mostOf = 0.7
const daysApart = 3
/** A unit cost is that of a week: it shows a rise as many days later. */
const smoothedDays = 7

const dailyOf = ({ incident: { actual, expected, onset, found } }: Found) =>
  Math.abs(actual - expected) / (found - onset + 1)

/** Whether rises of cost that began with it bring as much a day: more cost is more uncovered, untagged, and dearer units. */
function isExplained(one: Found, costs: readonly CostFinding[]): boolean {
  const { ratio, incident } = one
  if (ratio.measure === 'utilisation') return false
  const onset = dateAt(ratio.first_date, incident.onset)
  const within = costs.filter(
    ({ series, direction, ...cost }) =>
      direction === 'up' &&
      dayIndex(cost.onset, onset) >= -daysApart &&
      dayIndex(cost.onset, onset) <= (ratio.measure === 'unit_cost' ? smoothedDays : daysApart) &&
      (ratio.provider === null || series.provider === undefined || series.provider === ratio.provider) &&
      (ratio.account === null || series.account === undefined || series.account === ratio.account),
  )
  const daily = within.reduce(
    (sum, cost) => sum + Math.abs(Number(cost.excess)) / (dayIndex(cost.onset, cost.date) + 1),
    0,
  )
  return daily >= mostOf * dailyOf(one)
}

/** Whether a commitment ended as coverage fell: that is told by itself. */
function isEnd({ ratio, incident }: Found, ends: readonly CommitmentEnd[]): boolean {
  const onset = dateAt(ratio.first_date, incident.onset)
  return (
    ratio.measure === 'coverage' &&
    ends.some((end) => end.provider === ratio.provider && Math.abs(dayIndex(end.ended_on, onset)) <= daysApart)
  )
}

/** Whether a narrower scope of the same measure fell with it and is most of it. */
function isFolded(one: Found, all: readonly Found[]): boolean {
  return all.some(
    (other) =>
      isNarrower(other.ratio, one.ratio) &&
      Math.abs(startOf(other) - startOf(one)) <= daysApart &&
      dailyOf(other) >= mostOf * dailyOf(one),
  )
}

const startOf = ({ ratio, incident }: Found) => dayIndex('1970-01-01', ratio.first_date) + incident.onset

function isNarrower(inner: Ratio, outer: Ratio): boolean {
  if (inner === outer || inner.measure !== outer.measure || inner.provider !== outer.provider) return false
  if (outer.measure === 'unit_cost') return inner.value?.startsWith(`${outer.value}/`) === true
  return (outer.account === null && inner.account !== null) || (outer.value === null && inner.value !== null)
}

const money = (units: number) => moneyText(Math.round(units * 10 ** ratioScale), ratioScale)

const seriesOf = ({ measure, provider, account, value }: Ratio) => ({
  ...(provider === null ? {} : { provider }),
  ...(account === null ? {} : { account }),
  level: measure,
  ...(value === null ? {} : { value }),
})

const idOf = ({ ratio, incident }: Found) => JSON.stringify([seriesOf(ratio), incident.onset])

const ratioText = (value: number) => value.toFixed(6)

function alertOf({ ratio, incident }: Found) {
  const { found, onset, actual, expected, expectedRatio, spread } = incident
  const date = (day: number) => dateAt(ratio.first_date, day)
  const [is, should] = [Math.round(actual * 10 ** ratioScale), Math.round(expected * 10 ** ratioScale)]
  const text = (units: number) => moneyText(units, ratioScale)
  const room = (2 * spread) / expectedRatio
  return {
    series: seriesOf(ratio),
    ...{ date: date(found), detected_on: date(found), onset: date(onset), direction: ratio.direction },
    ...{
      score: Number(incident.score.toFixed(4)),
      fired: true,
      kind: 'opened',
      incident_id: idOf({ ratio, incident }),
    },
    rule: rules[ratio.measure],
    ...{ actual: text(is), expected: text(should), excess: text(is - should) },
    ...{ expected_low: money(expected * (1 - room)), expected_high: money(expected * (1 + room)) },
    measure: {
      ...{ name: ratio.measure, unit: ratio.measure === 'unit_cost' ? 'money' : 'share' },
      ...{ actual: ratioText(incident.ratio), expected: ratioText(expectedRatio) },
      daily: text(Math.round(Math.abs(is - should) / (found - onset + 1))),
    },
    causes: causesOf(ratio, { excess: is - should, ofNumerator: Math.round(incident.ofNumerator * 10 ** ratioScale) }),
    history: historyOf(ratio, incident),
  }
}

/** What changed, by measure: numerator, then denominator. */
const sides: Readonly<Record<MeasureName, readonly [string, string]>> = {
  utilisation: ['use of the commitment', 'size of the commitment'],
  coverage: ['covered usage', 'eligible usage'],
  tag_coverage: ['tagged cost', 'taggable cost'],
  unit_cost: ['cost', 'volume'],
}

/** The excess split into what its numerator and its denominator bring, the larger first; they add up to it. */
function causesOf(
  { measure, account, value }: Ratio,
  { excess, ofNumerator }: { excess: number; ofNumerator: number },
) {
  const [numerator, denominator] = sides[measure]
  const resource = measure === 'utilisation' ? { resource: value } : {}
  return [
    { account, usage_type: numerator, ...resource, units: ofNumerator },
    { account, usage_type: denominator, ...resource, units: excess - ofNumerator },
  ]
    .filter(({ units }) => units !== 0)
    .sort((a, b) => Math.sign(excess) * (b.units - a.units))
    .map(({ units, ...cause }) => ({ ...cause, excess: moneyText(units, ratioScale) }))
}

const historyDays = 30

/** The numerator in money, and what was expected of it, on the days before the finding. */
function historyOf(
  { numerator, denominator, worth, first_date }: Ratio,
  { found, expectedRatio, spread }: RatioIncident,
) {
  const from = Math.max(0, found - historyDays + 1)
  return Array.from({ length: found - from + 1 }, (_, index) => {
    const t = from + index
    const [top, bottom] = [numerator[t] ?? null, denominator[t] ?? null]
    const known = ratioOf(top, bottom) !== null
    const share = (spreads: number) => money((expectedRatio + spreads * spread) * (bottom ?? 0) * (worth[t] ?? 1))
    return {
      date: dateAt(first_date, t),
      actual: known && top !== null ? money(top * (worth[t] ?? 1)) : null,
      ...{ low: known ? share(-2) : null, high: known ? share(2) : null },
    }
  })
}

function incidentOf({ ratio, incident }: Found) {
  const date = (day: number) => dateAt(ratio.first_date, day)
  return {
    ...{ incident_id: idOf({ ratio, incident }), series: seriesOf(ratio), direction: ratio.direction },
    ...{ state: incident.state, reason: null, onset: date(incident.onset), opened_on: date(incident.found) },
    ...{ last_day: date(incident.lastDay), excess: money(incident.excess) },
  }
}
