import type { LevelFinding } from './level-finding.ts'
import type { LevelSeries, Sum } from './level-sums.ts'
import { tuning } from './tuning.ts'

/** One incident of a sum. Days are indices, amounts in units of 10^-scale. */
export interface LevelIncident {
  readonly sum: Sum
  readonly series: LevelSeries
  readonly direction: 'up' | 'down'
  readonly onset: number
  readonly opened: number
  readonly rule: string
  readonly levelBefore: number
  /** Excess a day of each leaf, as it was told. */
  readonly daily: ReadonlyMap<number, number>
  state: 'open' | 'resolved' | 'absorbed'
  lastDay: number
  excess: number
  told: number
}

export const isOpen = ({ state, lastDay }: LevelIncident, day: number) =>
  state === 'open' && day - lastDay <= tuning.resolveAfter

export function openIncident(finding: LevelFinding): LevelIncident {
  const { sum, direction, onset, day, rule } = finding
  const daily = new Map<number, number>()
  for (const { part, actual, usual } of finding.moves)
    daily.set(part.leaf, (daily.get(part.leaf) ?? 0) + Math.abs(actual - usual) / (day - onset + 1))
  return {
    ...{ sum, series: sum.series, direction, onset, opened: day, rule, daily, state: 'open', lastDay: day },
    levelBefore: sum.unit.level[Math.max(0, onset - 1)] as number,
    ...{ excess: Math.abs(finding.actual - finding.usual), told: Math.abs(finding.actual - finding.usual) },
  }
}

export function updateIncident(incident: LevelIncident, { day, actual, usual }: LevelFinding): void {
  incident.lastDay = Math.max(incident.lastDay, day)
  incident.excess = Math.max(incident.excess, Math.abs(actual - usual))
}

const severityOf = (money: number) => Math.floor(Math.log10(Math.max(money, 100)))

/** As of a leaf: excess doubled since it was told, and a severity further, within ten days. */
export function escalates(incident: LevelIncident, finding: LevelFinding, unitsPerMoney: number): boolean {
  const excess = Math.abs(finding.actual - finding.usual)
  return (
    excess >= 2 * incident.told &&
    severityOf(excess / unitsPerMoney) > severityOf(incident.told / unitsPerMoney) &&
    finding.day - incident.opened <= 10
  )
}

/** Closes what has been back in range for a week: absorbed when the level stayed where it had moved, else resolved. */
export function closeQuiet(incidents: readonly LevelIncident[], day: number): void {
  for (const incident of incidents) {
    if (incident.state !== 'open' || isOpen(incident, day)) continue
    const { unit } = incident.sum
    const sign = incident.direction === 'up' ? 1 : -1
    const moved = sign * ((unit.level[day] as number) - incident.levelBefore)
    incident.state = moved > 0.5 * Math.abs(dailyShare(incident)) ? 'absorbed' : 'resolved'
  }
}

/** Mean excess a day. */
const dailyShare = ({ excess, lastDay, onset }: LevelIncident) => excess / Math.max(1, lastDay - onset + 1)

/** Whether a finding only leads back to the level from before an incident of the other direction. */
export function returns(
  incidents: readonly LevelIncident[],
  { sum, direction, onset, actual, usual }: LevelFinding,
): boolean {
  const opposite = incidents.findLast((one) => one.sum === sum && one.direction !== direction)
  if (!opposite || onset - opposite.lastDay > tuning.returnWithin) return false
  const level = (sum.unit.level[Math.max(0, onset - 1)] as number) * (actual / usual)
  return direction === 'down' ? level > 0.96 * opposite.levelBefore : level < 1.04 * opposite.levelBefore
}

export const lastOf = (incidents: readonly LevelIncident[], { sum, direction }: LevelFinding) =>
  incidents.findLast((one) => one.sum === sum && one.direction === direction)

export function reopen(incident: LevelIncident, finding: LevelFinding): void {
  incident.state = 'open'
  updateIncident(incident, finding)
}
