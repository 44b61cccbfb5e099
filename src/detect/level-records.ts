import type { Warehouse } from '../warehouse/warehouse.ts'
import type { CommitmentEnd } from './commitment-ends.ts'
import { dateAt, dayIndex, type LeafKey, moneyText } from './input.ts'
import type { CompleteDays } from './lake-series.ts'
import type { LevelIncident } from './level-book.ts'
import type { LevelFinding } from './level-finding.ts'
import { type Parts, readParts } from './level-parts.ts'
import { excessOf } from './level-split.ts'
import { contextOf } from './level-sums.ts'
import { judgeLevels, type LeafIncident, type LevelNotice } from './levels.ts'
import { expected } from './unit.ts'

/** What the leaves' own detection found, as its document says it. */
export interface LeafFindings {
  readonly incidents: readonly {
    readonly series: Partial<LeafKey>
    readonly state: string
    readonly onset: string
    readonly opened_on: string
  }[]
  readonly ends: readonly CommitmentEnd[]
}

/**
 * Detects on the sums of the lake's leaves in one currency what no leaf shows by itself. Alerts and incidents have the form of the
 * leaves' document; their series name the level and its value. Amounts are decimal text in that currency; the causes of an alert add
 * up to its excess.
 */
export async function levelAlerts(
  warehouse: Warehouse,
  currency: string,
  { complete, found }: { complete: CompleteDays; found: LeafFindings },
) {
  const parts = await readParts(warehouse, currency, complete)
  const run = judgeLevels(parts, leafIncidents(parts, found))
  return {
    alerts: run.notices.map((notice) => ({ ...alertOf(parts, notice), currency })),
    incidents: run.incidents.map((incident) => incidentOf(parts, incident)),
  }
}

export function leafIncidents({ first_date }: Parts, { incidents, ends }: LeafFindings): LeafIncident[] {
  const names = ['provider', 'account', 'service', 'team'] as const
  return [
    ...incidents
      .filter(({ state }) => state !== 'retracted')
      .map(({ series, onset, opened_on }) => ({
        covers: (part: LeafKey) => names.every((name) => series[name] === undefined || series[name] === part[name]),
        onset: dayIndex(first_date, onset),
        opened: dayIndex(first_date, opened_on),
      })),
    ...ends.map((end) => ({
      covers: ({ provider, account, service }: LeafKey) =>
        provider === end.provider && end.covered.includes(`${account}/${service}`),
      onset: dayIndex(first_date, end.ended_on),
      opened: dayIndex(first_date, end.ended_on),
    })),
  ]
}

const idOf = ({ series, direction, onset }: LevelIncident) => JSON.stringify([series, direction, onset])

const shownSpreads = 2
const historyDays = 30

function alertOf(parts: Parts, { finding, incident, kind }: LevelNotice) {
  const date = (day: number) => dateAt(parts.first_date, day)
  const money = (units: number) => moneyText(Math.round(units), parts.scale)
  const [actual, usual] = [Math.round(finding.actual), Math.round(finding.usual)]
  const bound = (spreads: number) => money(usual * Math.exp(finding.own.middle + spreads * finding.own.spread))
  return {
    series: finding.sum.series,
    date: date(finding.day),
    detected_on: date(finding.day),
    direction: finding.direction,
    score: Number(finding.score.toFixed(4)),
    ...{ fired: true, kind, incident_id: idOf(incident), onset: date(finding.onset), rule: finding.rule },
    ...{ actual: money(actual), expected: money(usual), excess: money(actual - usual) },
    ...{ expected_low: bound(-shownSpreads), expected_high: bound(shownSpreads) },
    causes: causesOf(finding, actual - usual, money),
    history: historyOf(parts, finding, money),
  }
}

const longest = 8

/** Accounts and services in order of what they moved, and what is left of the whole. */
function causesOf({ moves, direction }: LevelFinding, excess: number, money: (units: number) => string) {
  const sign = direction === 'up' ? 1 : -1
  const places = [...Map.groupBy(moves, ({ part }) => JSON.stringify([part.account, part.service]))]
    .map(([place, of]) => ({ place, excess: Math.round(of.reduce((sum, move) => sum + excessOf(move), 0)) }))
    .filter((one) => one.excess !== 0)
    .sort((a, b) => sign * (b.excess - a.excess))
  const shown = places.slice(0, longest).map((one) => {
    const [account, service] = JSON.parse(one.place) as [string, string]
    return { account, service, excess: money(one.excess) }
  })
  const rest = excess - places.slice(0, longest).reduce((sum, one) => sum + one.excess, 0)
  const others = places.length - shown.length
  const name = others > 0 ? `${others} further services` : 'rounding'
  return rest === 0 ? shown : [...shown, { usage_type: name, excess: money(rest) }]
}

function historyOf(parts: Parts, { sum, day, onset, own }: LevelFinding, money: (units: number) => string) {
  const { unit } = sum
  const { monday } = contextOf(parts)
  const from = Math.max(0, day - historyDays + 1)
  return Array.from({ length: day - from + 1 }, (_, index) => {
    const t = from + index
    const usual = expected(unit, t, Math.max(0, Math.min(t, onset) - 1), monday)
    const room = shownSpreads * Math.max(unit.sigma, own.spread)
    return {
      date: dateAt(parts.first_date, t),
      actual: money(unit.x[t] as number),
      ...{ low: money(usual * Math.exp(-room)), high: money(usual * Math.exp(room)) },
    }
  })
}

function incidentOf(parts: Parts, incident: LevelIncident) {
  const date = (day: number) => dateAt(parts.first_date, day)
  const { series, direction, rule, state } = incident
  const sign = direction === 'up' ? 1 : -1
  return {
    ...{ incident_id: idOf(incident), series, direction, rule, state, reason: null, onset: date(incident.onset) },
    ...{ opened_on: date(incident.opened), last_day: date(incident.lastDay) },
    excess: moneyText(Math.round(sign * incident.excess), parts.scale),
  }
}
