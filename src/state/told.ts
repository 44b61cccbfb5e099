import type { Database } from './sqlite.ts'

/** How far telling one channel of one change has come. */
export interface Told {
  readonly channel: string
  readonly change: string
  /** `waiting`: held back by quiet hours, a digest or the cap; `pending`: tried again later. */
  readonly status: 'waiting' | 'pending' | 'delivered' | 'failed'
  readonly kind: 'single' | 'digest' | 'roll_up' | null
  /** ISO instant of the delivery, else of the change. */
  readonly at: string
  readonly attempts: number
  readonly error: string | null
}

/** What was told of an incident, oldest first. */
export function toldOf(database: Database, incidentId: string): Told[] {
  return database.all(
    `select d.channel, d.change, coalesce(m.status, 'waiting') as status, m.kind,
         coalesce(m.delivered_at, d.created_at) as at, coalesce(m.attempts, 0) as attempts,
         case when m.status <> 'delivered' then m.last_error end as error
     from deliveries d left join messages m on m.message_id = d.message_id
     where d.incident_id = $incident_id order by d.sequence`,
    { incident_id: incidentId },
  ) as unknown as Told[]
}

/** What a channel answered to the newest message of an incident that has this key in its receipt; null for none. */
export function newestReceipt(
  database: Database,
  incidentId: string,
  key: string,
): Readonly<Record<string, string>> | null {
  const [row] = database.all(
    `select m.receipt from deliveries d join messages m on m.message_id = d.message_id
     where d.incident_id = $incident_id and m.kind = 'single' and m.receipt ->> $key is not null
     order by d.sequence desc limit 1`,
    { incident_id: incidentId, key },
  )
  return row ? (JSON.parse(String(row['receipt'])) as Record<string, string>) : null
}
