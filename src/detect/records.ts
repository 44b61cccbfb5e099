import type { Incident } from './incidents.ts'
import { dateAt, moneyText, type SeriesInput } from './input.ts'
import type { State } from './state.ts'
import type { Detection, PlacedNotice } from './walk.ts'

/** The output of `costwright detect --series` without its timings. Amounts are decimal text in the file's currency. */
export function alertsDocument({ state, notices, incidents }: Detection) {
  const { input } = state
  return {
    schema: 'costwright-alerts/1',
    data_through: input.days > 0 ? dateAt(input.first_date, input.days - 1) : null,
    alerts: notices.map((notice) => alertOf(state, notice)),
    incidents: incidents.map((incident) => incidentOf(state, incident)),
  }
}

function seriesOf({ leaves }: SeriesInput, { leaf, whole }: { leaf: number; whole: boolean }) {
  const names = leaves[leaf]
  const { provider, account, service, team } = names ?? { provider: '', account: '', service: '', team: '' }
  return whole ? { provider, account, service } : { provider, account, service, team }
}

function alertOf(state: State, { finding, detectedOn, fired, kind, incident, rootCell }: PlacedNotice) {
  const { input } = state
  const date = (day: number) => dateAt(input.first_date, day)
  const series = seriesOf(input, finding)
  const money = (units: number) => moneyText(units, input.scale)
  const expected = Math.round(finding.expected)
  return {
    series,
    date: date(finding.day),
    detected_on: date(detectedOn),
    direction: finding.direction,
    score: Number(
      (fired
        ? finding.score
        : Math.min(finding.score, finding.suppressed_by ? suppressedScore : finding.score)
      ).toFixed(4),
    ),
    fired,
    root: { ...series, ...placeOf(state, rootCell) },
    kind,
    incident_id: incident?.id ?? null,
    onset: date(finding.onset),
    rule: finding.rule,
    actual: money(finding.actual),
    expected: money(expected),
    excess: money(Math.round(finding.actual) - expected),
    suppressed_by: finding.suppressed_by,
  }
}

const suppressedScore = 1.25

function placeOf({ input }: State, rootCell: number | undefined) {
  const cell = input.long && rootCell !== undefined ? input.cells[rootCell] : undefined
  return cell ? { region: cell.region, usage_type: cell.usage_type } : {}
}

function incidentOf(state: State, incident: Incident) {
  const { input } = state
  const date = (day: number) => dateAt(input.first_date, day)
  return {
    incident_id: incident.id,
    series: seriesOf(input, incident),
    direction: incident.direction,
    rule: incident.rule,
    state: incident.state,
    reason: incident.reason,
    onset: date(incident.onset),
    opened_on: date(incident.openedOn),
    last_day: date(incident.lastDay),
    excess: moneyText(Math.round(incident.excess), input.scale),
  }
}
