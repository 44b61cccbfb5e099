import type { Notifications } from '../config-notify.ts'
import { appendAudit } from '../state/audit.ts'
import { oweTo } from '../state/deliveries.ts'
import { readChart } from '../state/incident-charts.ts'
import { listIncidents } from '../state/incident-store.ts'
import type { Database } from '../state/sqlite.ts'
import { alertOf, routeOf } from './announce.ts'

/**
 * Owes a message to a route's further channels for every incident that nobody has acknowledged in time, once each time it opens.
 * The time runs from when the first channel was told, so quiet hours and digests do not count; a channel that could not be reached
 * counts from when it was tried.
 *
 * @returns how many incidents went further
 */
export function escalate(database: Database, config: Notifications, now: Date): number {
  if (!config.routes.some(({ escalate_after_hours }) => escalate_after_hours !== undefined)) return 0
  return database.transaction(() => {
    let count = 0
    for (const incident of listIncidents(database, { state: 'open' })) {
      const route = routeOf(config, incident)
      const hours = route?.escalate_after_hours
      const since = hours === undefined ? null : toldSince(database, incident.incident_id)
      if (!route || hours === undefined || since === null || now.getTime() - Date.parse(since) < hours * 3_600_000)
        continue
      const at = now.toISOString()
      const alert = JSON.stringify(
        alertOf(config, { incident, change: 'unacknowledged', context: readChart(database, incident.incident_id), at }),
      )
      const owed = route.escalate_to.filter((channel) => {
        const delivery_key = `${incident.incident_id}/unacknowledged/${incident.cycle}@${channel}`
        return oweTo(database, { delivery_key, channel, change: 'unacknowledged', alert, at }, incident.incident_id) > 0
      })
      if (owed.length === 0) continue
      count += 1
      const detail = { channels: owed, after_hours: hours, told: since }
      appendAudit(database, { at, actor: 'outbox', action: 'escalated', subject: incident.incident_id, detail })
    }
    return count
  })
}

/** When somebody was first told that the incident opened, the last time it did; null while nobody was. */
function toldSince(database: Database, incidentId: string): string | null {
  const [row] = database.all(
    `select min(coalesce(m.delivered_at, m.created_at)) as since
     from deliveries d join messages m on m.message_id = d.message_id
     where d.incident_id = $incident_id and d.created_at = (
         select max(created_at) from deliveries where incident_id = $incident_id and change in ('opened', 'reopened')
     )`,
    { incident_id: incidentId },
  )
  return (row?.['since'] as string | null | undefined) ?? null
}
