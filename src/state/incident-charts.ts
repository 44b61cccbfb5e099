import { type Context, noContext } from './announcer.ts'
import type { Database } from './sqlite.ts'

/** Keeps the newest days of an incident's series, for its page and for later messages. */
export function writeChart(database: Database, incidentId: string, context: Context, at: string): void {
  database.run(
    `insert into incident_charts (incident_id, body, updated_at) values ($incident_id, $body, $at)
     on conflict (incident_id) do update set body = excluded.body, updated_at = excluded.updated_at
     where body <> excluded.body`,
    { incident_id: incidentId, body: JSON.stringify(context), at },
  )
}

/** The days of an incident's series as detection last saw them; without days where it never said. */
export function readChart(database: Database, incidentId: string): Context {
  const [row] = database.all('select body from incident_charts where incident_id = $incident_id', {
    incident_id: incidentId,
  })
  return row ? (JSON.parse(String(row['body'])) as Context) : noContext
}
