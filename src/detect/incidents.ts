import { type Direction, excessOf } from './candidate.ts'
import { incidentId } from './incident-id.ts'
import { dateAt, type LeafKey } from './input.ts'
import type { Finding } from './judge.ts'
import type { State } from './state.ts'
import { tuning } from './tuning.ts'
import type { Unit } from './unit.ts'

export type IncidentState = 'open' | 'resolved' | 'absorbed' | 'retracted' | 'expected'
export type AlertKind = 'opened' | 'escalated' | 'reopened'

/** One incident of a leaf (or a whole account and service) in one direction. Days are indices, amounts in units of 10^-scale. */
export interface Incident {
  readonly id: string
  readonly leaf: number
  /** The series that the evidence lies on. */
  readonly unit: Unit
  readonly whole: boolean
  readonly direction: Direction
  readonly onset: number
  readonly rule: string
  readonly openedOn: number
  /** Expected amount a day before the onset, to tell a return to it. */
  readonly levelBefore: number
  state: IncidentState
  /** Judged actionable: its days are left out of training. */
  excluded: boolean
  reason: string | null
  lastDay: number
  excess: number
  /** Largest mean excess a day of its evidence. */
  dailyExcess: number
  notifiedExcess: number
  notifiedScore: number
}

/** The incidents of a run, by leaf and direction; the newest of each last. */
export interface IncidentBook {
  readonly all: Incident[]
  latest(finding: Pick<Finding, 'leaf' | 'whole' | 'direction'>): Incident | undefined
  /** Whether the account and service of a leaf have an open incident of all teams together. */
  wholeOpen(leaf: number, day: number): Incident | undefined
  open(finding: Finding, detectedOn: number): Incident
}

/** A book of the incidents known so far, oldest first. */
export function createBook(state: State, known: readonly Incident[] = []): IncidentBook {
  const latest = new Map<string, Incident>()
  const keyOf = ({ leaf, whole, direction }: Pick<Finding, 'leaf' | 'whole' | 'direction'>) =>
    `${whole ? 'g' : 'l'}${whole ? state.groupOf[leaf] : leaf}${direction}`
  const all = [...known]
  for (const incident of known) latest.set(keyOf(incident), incident)
  return {
    all,
    latest: (finding) => latest.get(keyOf(finding)),
    wholeOpen(leaf, day) {
      const incident = latest.get(`g${state.groupOf[leaf]}up`)
      return incident && isOpen(incident, day) ? incident : undefined
    },
    open(finding, detectedOn) {
      const unit = finding.unit as Unit
      const watched = finding.whole ? unit : (state.usage[finding.leaf] as Unit)
      const incident: Incident = {
        id: idOf(state, finding),
        leaf: finding.leaf,
        unit,
        whole: finding.whole,
        direction: finding.direction,
        onset: finding.onset,
        rule: finding.rule,
        openedOn: detectedOn,
        levelBefore: watched.level[Math.max(0, finding.onset - 1)] as number,
        state: 'open',
        excluded: false,
        reason: null,
        lastDay: finding.day,
        excess: excessOf(finding),
        dailyExcess: dailyExcess(finding),
        notifiedExcess: excessOf(finding),
        notifiedScore: finding.score,
      }
      all.push(incident)
      latest.set(keyOf(finding), incident)
      return incident
    },
  }
}

function idOf({ input }: State, { leaf, whole, direction, onset }: Finding): string {
  const { provider, account, service, team } = input.leaves[leaf] as LeafKey
  const series = { provider, account, service, ...(whole ? {} : { team }) }
  return incidentId(series, direction, dateAt(input.first_date, onset))
}

export const isOpen = (incident: Incident, day: number) =>
  incident.state === 'open' && day - incident.lastDay <= tuning.resolveAfter

export const dailyExcess = (finding: Finding) => excessOf(finding) / (finding.day - finding.onset + 1)

const severityOf = (money: number) => Math.floor(Math.log10(Math.max(money, 100)))

/** Whether more has happened to an open incident than its last notification told: excess doubled, and a severity further. */
export function escalates(incident: Incident, finding: Finding, unitsPerMoney: number): boolean {
  const excess = excessOf(finding)
  return (
    excess >= 2 * incident.notifiedExcess &&
    severityOf(excess / unitsPerMoney) > severityOf(incident.notifiedExcess / unitsPerMoney) &&
    finding.day - incident.openedOn <= 10
  )
}

/** Adds a further deviating day to an incident. */
export function update(incident: Incident, finding: Finding): void {
  incident.lastDay = Math.max(incident.lastDay, finding.day)
  incident.excess = Math.max(incident.excess, excessOf(finding))
  incident.dailyExcess = Math.max(incident.dailyExcess, dailyExcess(finding))
}

/** Closes what has been back in range for some days: absorbed when the level stayed where the incident had moved it, else resolved. */
export function closeQuiet(book: IncidentBook, state: State, day: number): void {
  for (const incident of book.all) {
    if (incident.state !== 'open' || isOpen(incident, day)) continue
    if (day >= (state.input.complete_before?.[incident.leaf] ?? Number.POSITIVE_INFINITY)) continue
    const now = (state.usage[incident.leaf] as Unit).level[day] as number
    const sign = incident.direction === 'up' ? 1 : -1
    incident.state = sign * (now - incident.levelBefore) > 0.08 * incident.levelBefore ? 'absorbed' : 'resolved'
  }
}
