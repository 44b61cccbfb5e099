import { type Announcer, type Context, noContext } from './announcer.ts'
import { appendAudit } from './audit.ts'
import { channelsTold, owe } from './deliveries.ts'
import type { DetectionRun } from './detection-run.ts'
import { readChart, writeChart } from './incident-charts.ts'
import { appendEvent, isKnownEvent, listIncidents, readIncident, writeIncident } from './incident-store.ts'
import { type Change, type Detected, type IncidentEvent, reduce } from './incidents.ts'
import { activeSilences } from './silence-store.ts'
import type { Silence } from './silences.ts'
import type { Database } from './sqlite.ts'

export interface ApplyOptions {
  readonly database: Database
  readonly announcer: Announcer
  readonly now: Date
  /** First `detected_on` that is told; older findings are recorded in silence, so that a back-fill wakes nobody. */
  readonly tell_since: string
  /** First onset that the run could have seen; open incidents since then that it no longer names are retracted. null: none are. */
  readonly complete_since: string | null
}

export interface Applied {
  readonly changes: number
  readonly told: number
}

/**
 * Takes a detection run into the state, in one transaction. Every record is applied once: the same run again changes nothing, and a
 * later run that repeats old records adds its new ones only.
 */
export function applyRun(run: DetectionRun, options: ApplyOptions): Applied {
  return options.database.transaction(() => {
    const silences = activeSilences(options.database)
    const applied = { changes: 0, told: 0 }
    const take = (event_key: string, incidentId: string, event: IncidentEvent, context = noContext) => {
      const { change, told } = applyEvent({ ...options, silences }, { event_key, incidentId, event, context })
      applied.changes += change === null ? 0 : 1
      applied.told += told
    }
    const chart = (incidentId: string, context: Context) => {
      if (context.history.length > 0) writeChart(options.database, incidentId, context, options.now.toISOString())
    }
    for (const { context, ...finding } of run.findings) {
      const key = findingKey(run, finding, options.database)
      take(key, finding.incident_id, { type: 'detected', finding }, context)
      chart(finding.incident_id, context)
    }
    for (const { incident_id, state, reason, last_day, excess, context } of run.summaries) {
      if (readIncident(options.database, incident_id) === null) continue
      chart(incident_id, context)
      measure(options, incident_id, { type: 'measured', last_day, excess })
      const { until } = readIncident(options.database, incident_id) ?? { until: null }
      if (state === 'open' && until !== null && until <= last_day)
        take(`${incident_id}/lapsed/${until}`, incident_id, { type: 'lapsed' })
      if (state === 'open') continue
      const on = run.data_through ?? last_day
      take(`${incident_id}/${state}/${last_day}`, incident_id, { type: 'closed', state, on, reason })
    }
    for (const incident_id of vanished(run, options)) {
      const on = run.data_through ?? options.now.toISOString().slice(0, 10)
      const reason = `its evidence is gone from the data through ${on}`
      take(`${incident_id}/retracted/${on}`, incident_id, { type: 'closed', state: 'retracted', on, reason })
    }
    return applied
  })
}

/** A finding counts once; on an incident that was retracted and that the run has again, it counts anew. */
function findingKey(run: DetectionRun, { incident_id, kind, detected_on }: Detected, database: Database): string {
  const key = `${incident_id}/${kind}/${detected_on}`
  const known = readIncident(database, incident_id)
  if (known?.state !== 'retracted') return key
  const said = run.summaries.find((one) => one.incident_id === incident_id)
  return said && said.state !== 'retracted' ? `${key}/${known.cycle}` : key
}

interface OneEvent {
  readonly event_key: string
  readonly incidentId: string
  readonly event: IncidentEvent
  readonly context: Context
}

/** Applies one event unless it is known; to be called inside a transaction. A refused decision changes nothing. */
export function applyEvent(
  options: Pick<ApplyOptions, 'database' | 'announcer' | 'now' | 'tell_since'> & { silences: readonly Silence[] },
  { event_key, incidentId, event, context }: OneEvent,
): { change: Change | null; told: number; refused: string | null } {
  const { database, announcer, now } = options
  if (isKnownEvent(database, event_key)) return { change: null, told: 0, refused: null }
  const before = readIncident(database, incidentId)
  const outcome = reduce(before, event, options.silences)
  if (outcome.refused !== undefined) return { change: null, told: 0, refused: outcome.refused }
  const { incident, change } = outcome
  const at = now.toISOString()
  writeIncident(database, incident, at)
  appendEvent(database, { event_key, incident_id: incidentId, at, body: event })
  if (change !== null || before?.state !== incident.state) {
    appendAudit(database, {
      at,
      actor: 'actor' in event ? event.actor : 'detection',
      action: event.type === 'detected' ? event.finding.kind : event.type,
      subject: incidentId,
      detail: {
        ...{ from: before?.state ?? null, to: incident.state, reason: incident.reason, until: incident.until },
        ...(event.type === 'detected' ? { on: event.finding.detected_on, excess: event.finding.excess } : {}),
      },
    })
  }
  const known = (given: Context) => (given.history.length > 0 ? given : readChart(database, incidentId))
  const isOld = event.type === 'detected' && event.finding.detected_on < options.tell_since
  const isSilent = change === null || (isOld && channelsTold(database, incidentId).length === 0)
  const told = isSilent ? [] : owe(database, announcer, { event_key, incident, change, context: known(context), at })
  return { change, told: told.length, refused: null }
}

/** Takes over how far an incident has come; nothing is told, nothing is kept of it but the newest. */
function measure(
  { database, now }: ApplyOptions,
  incidentId: string,
  { type, last_day, excess }: { type: 'measured'; last_day: string; excess: string | null },
): void {
  if (excess === null) return
  const before = readIncident(database, incidentId)
  const outcome = reduce(before, { type, last_day, excess })
  if (outcome.refused !== undefined) return
  const changed = outcome.incident.excess !== before?.excess || outcome.incident.last_day !== before?.last_day
  if (changed) writeIncident(database, outcome.incident, now.toISOString())
}

function vanished(run: DetectionRun, { database, complete_since }: ApplyOptions): string[] {
  if (complete_since === null || run.data_through === null) return []
  const named = new Set([...run.findings, ...run.summaries].map(({ incident_id }) => incident_id))
  return listIncidents(database)
    .filter(({ state, onset }) => (state === 'open' || state === 'acknowledged') && onset >= complete_since)
    .map(({ incident_id }) => incident_id)
    .filter((incidentId) => !named.has(incidentId))
}
