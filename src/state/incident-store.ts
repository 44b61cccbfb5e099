import type { Incident, IncidentState } from './incidents.ts'
import type { Database, Row } from './sqlite.ts'

const incidentOf = (row: Row) => JSON.parse(String(row['body'])) as Incident

/** The incident of this id, or null. */
export function readIncident(database: Database, incidentId: string): Incident | null {
  const [row] = database.all('select body from incidents where incident_id = $incident_id', { incident_id: incidentId })
  return row ? incidentOf(row) : null
}

/** Ids that begin with `prefix`, at most two: enough to tell one from several. */
export function idsLike(database: Database, prefix: string): string[] {
  return database
    .all('select incident_id from incidents where substr(incident_id, 1, length($prefix)) = $prefix limit 2', {
      prefix,
    })
    .map((row) => String(row['incident_id']))
}

export interface IncidentFilter {
  readonly state?: IncidentState | undefined
  readonly team?: string | undefined
  readonly provider?: string | undefined
}

/** Incidents, newest first. */
export function listIncidents(database: Database, { state, team, provider }: IncidentFilter = {}): Incident[] {
  return database
    .all(
      `select body from incidents
       where ($state is null or state = $state) and ($team is null or team = $team)
         and ($provider is null or body ->> '$.series.provider' = $provider)
       order by opened_on desc, incident_id`,
      { state: state ?? null, team: team ?? null, provider: provider ?? null },
    )
    .map(incidentOf)
}

export function writeIncident(database: Database, incident: Incident, at: string): void {
  database.run(
    `insert into incidents (incident_id, body, updated_at) values ($incident_id, $body, $at)
     on conflict (incident_id) do update set body = excluded.body, updated_at = excluded.updated_at`,
    { incident_id: incident.incident_id, body: JSON.stringify(incident), at },
  )
}

/** Whether an event was applied before; events carry the key of what they say, not of the run that said it. */
export function isKnownEvent(database: Database, eventKey: string): boolean {
  const found = database.all('select 1 from incident_events where event_key = $event_key', { event_key: eventKey })
  return found.length > 0
}

export function appendEvent(
  database: Database,
  event: { readonly event_key: string; readonly incident_id: string; readonly at: string; readonly body: unknown },
): void {
  database.run(
    'insert into incident_events (event_key, incident_id, at, body) values ($event_key, $incident_id, $at, $body)',
    { ...event, body: JSON.stringify(event.body) },
  )
}
