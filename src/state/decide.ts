import { randomUUID } from 'node:crypto'
import { UserError } from '../errors.ts'
import { type Announcer, noContext } from './announcer.ts'
import { applyEvent } from './apply-run.ts'
import { appendAudit } from './audit.ts'
import { percentOfAmount } from './decimal-order.ts'
import { idsLike, isKnownEvent, readIncident } from './incident-store.ts'
import type { Decision, Incident } from './incidents.ts'
import { addSilence, addVerdict, endSilences, type Judgement } from './silence-store.ts'
import { isWithin, type Scope } from './silences.ts'
import type { Database } from './sqlite.ts'

export interface DecideOptions {
  readonly database: Database
  readonly announcer: Announcer
  readonly now: Date
}

export interface Choice {
  /** Whole id or a prefix that only one incident has. */
  readonly incident: string
  readonly action: Decision['type']
  readonly actor: string
  readonly note?: string | undefined
  /** First day on which `expect` or `mute` no longer holds, `YYYY-MM-DD`. */
  readonly until?: string | undefined
  /** What `expect` or `mute` covers beside the incident; default its series. Must hold the incident's series. */
  readonly scope?: Scope | undefined
  /** How the alert is judged; default: acknowledge actionable, expect expected, mute noise, resolve none. */
  readonly verdict?: Judgement | undefined
  /** Key of the request that asks for it (a button press); a repeated request changes nothing. */
  readonly request_key?: string | undefined
}

/** Days that a mute without an end lasts, as a verdict of noise does (specs/anomalies.md section 5). */
const muteDays = 180
/**
 * A series that is muted, or expected for good, is heard again when its excess is more than this percentage of the judged one ("clearly
 * larger ones (twice) are"). What is expected until a day is absorbed until then, whatever its size.
 */
const ceilingPercent = 200

const judgements = { acknowledge: 'actionable', expect: 'expected', mute: 'noise', resolve: null } as const

/**
 * Records what a person decided on an incident: its state, the silence that follows, the verdict detection learns from, the audit
 * line and the messages that are owed, all or nothing.
 *
 * @returns the incident after it, and how many channels will hear of it
 * @throws UserError for an unknown incident, a state that the decision does not fit, or a scope without the incident
 */
export function decide(
  choice: Choice,
  { database, announcer, now }: DecideOptions,
): { incident: Incident; told: number } {
  return database.transaction(() => {
    const incident = incidentNamed(database, choice.incident)
    const { action, actor } = choice
    const { incident_id } = incident
    const event_key = `${incident_id}/${action}/${choice.request_key ?? randomUUID()}`
    if (isKnownEvent(database, event_key)) return { incident, told: 0 }
    const { on, until, scope } = termsOf(choice, incident, now)
    const note = choice.note ?? null
    const silences = action === 'expect' || action === 'mute'
    const event: Decision = silences ? { type: action, actor, on, until, note } : { type: action, actor, on, note }
    const { told, refused } = applyEvent(
      { database, announcer, now, tell_since: on, silences: [] },
      { event_key, incidentId: incident_id, event, context: noContext },
    )
    if (refused !== null)
      throw new UserError(refused, { hint: '`costwright alerts list` shows the states.', conflict: true })
    if (action !== 'acknowledge') endSilences(database, incident_id, now.toISOString())
    if (silences) silence(database, { incident, action, scope, until, note, actor }, now)
    judge(database, incident, choice, { on, until })
    return { incident: readIncident(database, incident_id) ?? incident, told }
  })
}

/** From when, until when and for what a decision holds. */
function termsOf(
  { action, until, scope }: Choice,
  incident: Incident,
  now: Date,
): { on: string; until: string | null; scope: Scope } {
  const on = now.toISOString().slice(0, 10)
  if (action !== 'expect' && action !== 'mute' && (until ?? scope) !== undefined)
    throw new UserError(`${action} has neither an end nor a scope`, { hint: 'Use expect or mute for a time.' })
  if (scope && !isWithin(incident.series, scope))
    throw new UserError(`the scope ${JSON.stringify(scope)} does not hold incident ${incident.incident_id}`, {
      hint: `Widen ${JSON.stringify(incident.series)} by leaving dimensions out.`,
    })
  const end = until ?? (action === 'mute' ? dayAfter(now, muteDays) : null)
  if (end !== null && end <= on) throw new UserError(`${end} is not after today (${on})`)
  return { on, until: end, scope: scope ?? incident.series }
}

function silence(
  database: Database,
  decided: {
    incident: Incident
    action: 'expect' | 'mute'
    scope: Scope
    until: string | null
    note: string | null
    actor: string
  },
  now: Date,
): void {
  const { incident, action, scope, until, note, actor } = decided
  addSilence(
    database,
    {
      kind: action === 'mute' ? 'muted' : 'expected',
      scope,
      direction: incident.direction,
      start_date: incident.onset,
      end_date: until,
      ceiling: action === 'mute' || until === null ? percentOfAmount(incident.told_excess, ceilingPercent) : null,
      incident_id: incident.incident_id,
      note,
      actor,
    },
    now.toISOString(),
  )
}

function judge(
  database: Database,
  incident: Incident,
  { action, verdict, actor }: Choice,
  { on, until }: { on: string; until: string | null },
): void {
  const given = verdict ?? judgements[action]
  if (given === null) return
  const { incident_id, series, direction, last_day } = incident
  addVerdict(database, { incident_id, verdict: given, series, direction, date: last_day, given_on: on, until, actor })
}

/** Announces a change in advance: findings inside scope and dates are recorded and not told. Returns its id. */
export function plan(
  change: {
    scope: Scope
    start: string
    end: string
    direction: 'up' | 'down' | null
    note: string | null
    actor: string
  },
  { database, now }: Pick<DecideOptions, 'database' | 'now'>,
): string {
  if (change.end <= change.start) throw new UserError(`a planned change ends after it starts, not on ${change.end}`)
  return database.transaction(() => {
    const { scope, start, end, direction, note, actor } = change
    const at = now.toISOString()
    const silence_id = addSilence(
      database,
      {
        ...{ kind: 'planned', scope, direction, start_date: start, end_date: end },
        ...{ ceiling: null, incident_id: null, note, actor },
      },
      at,
    )
    appendAudit(database, {
      at,
      actor,
      action: 'plan',
      subject: silence_id,
      detail: { scope, start, end, direction, note },
    })
    return silence_id
  })
}

/** The one incident whose id begins with `prefix`. */
export function incidentNamed(database: Database, prefix: string): Incident {
  const [id, other] = idsLike(database, prefix)
  const found = id === undefined || prefix === '' ? null : readIncident(database, id)
  if (found === null || other !== undefined) {
    throw new UserError(`${found === null ? 'no incident has' : 'more than one incident has'} the id ${prefix}`, {
      hint: '`costwright alerts list` shows the ids.',
    })
  }
  return found
}

function dayAfter(now: Date, days: number): string {
  return new Date(now.getTime() + days * 86_400_000).toISOString().slice(0, 10)
}
