import { type IncidentState, incidentStates } from './incidents.ts'
import type { Database } from './sqlite.ts'

/** How much of what is kept and owed there is. */
export interface StateCounts {
  readonly incidents: Readonly<Record<IncidentState, number>>
  /** Messages to be sent, what is owed to a channel and in no message yet included, and those that were given up. */
  readonly messages: { readonly pending: number; readonly failed: number }
  /** ISO instant of the oldest message that is being tried; null when none is. What waits for a digest or the end of quiet hours is no message yet. */
  readonly oldest_pending: string | null
}

/** Incidents by state and messages by what became of them; states without any are 0. */
export function stateCounts(database: Database): StateCounts {
  const count = (sql: string) =>
    Object.fromEntries(database.all(sql).map((row) => [String(row['name']), Number(row['count'])]))
  const incidents = count('select state as name, count(*) as count from incidents group by state')
  const messages = count(
    `select status as name, count(*) as count from messages where status in ('pending', 'failed') group by status
     union all select 'owed', count(*) from deliveries where message_id is null`,
  )
  const [oldest] = database.all("select min(created_at) as at from messages where status = 'pending'")
  const [pending = 0, owed = 0, failed = 0] = [messages['pending'], messages['owed'], messages['failed']]
  return {
    incidents: Object.fromEntries(
      incidentStates.map((state) => [state, incidents[state] ?? 0]),
    ) as StateCounts['incidents'],
    messages: { pending: pending + owed, failed },
    oldest_pending: (oldest?.['at'] as string | null | undefined) ?? null,
  }
}
