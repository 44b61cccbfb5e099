import type { Announcer, Context } from './announcer.ts'
import type { Change, Incident } from './incidents.ts'
import type { Database } from './sqlite.ts'

const news: readonly Change[] = ['opened', 'escalated', 'reopened']

/** A change of an incident's state that people may hear of; `event_key` names it for good. */
export interface ToldChange {
  readonly event_key: string
  readonly incident: Incident
  readonly change: Change
  readonly context: Context
  /** ISO instant. */
  readonly at: string
}

/**
 * Owes a message to every channel that a change concerns: news to those it is routed to, later changes to those that were told.
 * Each change and channel is owed once, however often this is called.
 *
 * @returns the channels that were not owed it before
 */
export function owe(database: Database, announcer: Announcer, told: ToldChange): string[] {
  const { event_key, incident, change, context, at } = told
  const channels = news.includes(change)
    ? announcer.route(incident)
    : channelsTold(database, incident.incident_id).filter((channel) => announcer.follows(channel, change))
  if (channels.length === 0) return []
  const alert = JSON.stringify(announcer.alert(incident, change, context, at))
  return channels.filter(
    (channel) =>
      oweTo(database, { delivery_key: `${event_key}@${channel}`, channel, change, alert, at }, incident.incident_id) >
      0,
  )
}

/** Channels that were owed anything on an incident. */
export function channelsTold(database: Database, incidentId: string): string[] {
  return database
    .all('select channel from deliveries where incident_id = $incident_id group by channel order by min(sequence)', {
      incident_id: incidentId,
    })
    .map((row) => String(row['channel']))
}

/** Owes one message to one channel; returns 0 when it was owed before. */
export function oweTo(
  database: Database,
  delivery: { delivery_key: string; channel: string; change: string; alert: string; at: string },
  incidentId: string,
): number {
  return database.run(
    `insert into deliveries (delivery_key, incident_id, channel, change, alert, created_at, not_before)
     values ($delivery_key, $incident_id, $channel, $change, $alert, $at, $at)
     on conflict (delivery_key) do nothing`,
    { ...delivery, incident_id: incidentId },
  )
}
