import { createHash } from 'node:crypto'
import { appendAudit } from './audit.ts'
import type { Database, Row } from './sqlite.ts'

/** A delivery that is owed and not yet part of a message. */
export interface Owed {
  readonly delivery_key: string
  readonly incident_id: string
  readonly channel: string
  readonly change: string
  /** The alert as JSON text. */
  readonly alert: string
  readonly created_at: string
}

export interface StoredMessage {
  readonly message_id: string
  readonly channel: string
  readonly kind: 'single' | 'digest' | 'roll_up'
  readonly status: 'pending' | 'delivered' | 'failed'
  /** Attempts begun, this one included. */
  readonly attempts: number
  readonly created_at: string
  readonly last_error: string | null
}

/** What is owed to a channel and not planned, oldest first. */
export function owedTo(database: Database, channel: string): Owed[] {
  return database.all(
    `select delivery_key, incident_id, channel, change, alert, created_at
     from deliveries where channel = $channel and message_id is null order by sequence`,
    { channel },
  ) as unknown as Owed[]
}

/** Channels that are owed something or have a message to send. */
export function busyChannels(database: Database): string[] {
  return database
    .all(
      `select channel from deliveries where message_id is null
       union select channel from messages where status = 'pending' order by channel`,
    )
    .map((row) => String(row['channel']))
}

/** Makes one message of owed deliveries. Its id follows from them, and from now on its content stays. */
export function makeMessage(
  database: Database,
  kind: StoredMessage['kind'],
  owed: readonly [Owed, ...Owed[]],
  at: string,
): string {
  const { channel } = owed[0]
  const keys = owed.map(({ delivery_key }) => delivery_key)
  const message_id = createHash('sha256')
    .update(JSON.stringify([channel, kind, keys]))
    .digest('hex')
    .slice(0, 32)
  database.run(
    `insert into messages (message_id, channel, kind, status, not_before, created_at)
     values ($message_id, $channel, $kind, 'pending', $at, $at)`,
    { message_id, channel, kind, at },
  )
  for (const delivery_key of keys)
    database.run('update deliveries set message_id = $message_id where delivery_key = $delivery_key', {
      message_id,
      delivery_key,
    })
  return message_id
}

/** How many messages with news were made for a channel since an instant: what a rate cap counts. */
export function countNews(database: Database, channel: string, since: string): number {
  const [row] = database.all(
    `select count(*) as made from messages m
     where channel = $channel and created_at > $since and exists (
         select 1 from deliveries d
         where d.message_id = m.message_id and d.change in ('opened', 'escalated', 'reopened', 'unacknowledged')
     )`,
    { channel, since },
  )
  return Number(row?.['made'] ?? 0)
}

/**
 * Takes the channel's next message that is due, or null. Nobody else gets it until `until`; a process that died gives it back that way.
 * A message waits for earlier ones on the same incident.
 */
export function claimMessage(
  database: Database,
  channel: string,
  claim: { readonly worker: string; readonly now: string; readonly until: string },
): StoredMessage | null {
  return database.transaction(() => {
    const [row] = database.all(
      `select message_id, channel, kind, status, attempts + 1 as attempts, created_at, last_error from messages m
       where channel = $channel and status = 'pending' and not_before <= $now
         and (claimed_until is null or claimed_until <= $now)
         and not exists (
             select 1 from deliveries d
             join deliveries e on e.incident_id = d.incident_id and e.channel = d.channel and e.sequence < d.sequence
             join messages em on em.message_id = e.message_id
             where d.message_id = m.message_id and em.message_id <> m.message_id and em.status = 'pending'
         )
       order by created_at, rowid limit 1`,
      { channel, now: claim.now },
    )
    if (!row) return null
    database.run(
      `update messages set attempts = attempts + 1, claimed_by = $worker, claimed_until = $until where message_id = $message_id`,
      { message_id: String(row['message_id']), worker: claim.worker, until: claim.until },
    )
    return row as unknown as StoredMessage
  })
}

/** Holds a claimed message longer; false when another process has it by now. */
export function renewClaim(database: Database, messageId: string, worker: string, until: string): boolean {
  const renewed = database.run(
    `update messages set claimed_until = $until
     where message_id = $message_id and claimed_by = $worker and status = 'pending'`,
    { message_id: messageId, worker, until },
  )
  return renewed === 1
}

/** The alerts of a message as JSON text, in the order they were owed. */
export function alertsOf(database: Database, messageId: string): string[] {
  return database
    .all('select alert from deliveries where message_id = $message_id order by sequence', { message_id: messageId })
    .map((row) => String(row['alert']))
}

/** What the channel answered to its newest message of news on the incident of a single message, as JSON text; null for none. */
export function firstReceipt(database: Database, messageId: string): string | null {
  const [row] = database.all(
    `select em.receipt from deliveries d
     join messages m on m.message_id = d.message_id and m.kind = 'single'
     join deliveries e on e.incident_id = d.incident_id and e.channel = d.channel and e.sequence < d.sequence
     join messages em on em.message_id = e.message_id and em.status = 'delivered' and em.kind = 'single'
     where d.message_id = $message_id and e.change in ('opened', 'escalated', 'reopened', 'unacknowledged')
     order by e.sequence desc limit 1`,
    { message_id: messageId },
  )
  return row ? (row['receipt'] as string | null) : null
}

export interface Settlement {
  readonly status: 'delivered' | 'pending' | 'failed'
  /** When a pending message is tried again. */
  readonly not_before: string
  readonly error: string | null
  readonly receipt: Readonly<Record<string, string>> | null
}

/** Notes the outcome of an attempt and gives the message back. */
export function settleMessage(database: Database, message: StoredMessage, settled: Settlement, now: string): void {
  const { status, not_before, error, receipt } = settled
  database.transaction(() => {
    database.run(
      `update messages set status = $status, not_before = $not_before, last_error = $error, receipt = $receipt,
           claimed_until = null, claimed_by = null, delivered_at = case when $status = 'delivered' then $now end
       where message_id = $message_id and status = 'pending'`,
      {
        ...{ message_id: message.message_id, status, not_before, error, now },
        receipt: receipt === null ? null : JSON.stringify(receipt),
      },
    )
    const action = status === 'pending' ? 'delivery postponed' : status === 'failed' ? 'delivery failed' : 'delivered'
    const { channel, kind, attempts } = message
    const detail = { channel, kind, attempts, error, receipt, incidents: incidentsOf(database, message.message_id) }
    appendAudit(database, { at: now, actor: 'outbox', action, subject: message.message_id, detail })
  })
}

/** Puts failed messages back in line; returns how many. */
export function retryFailed(database: Database, now: string): number {
  return database.run(
    `update messages set status = 'pending', not_before = $now, claimed_until = null where status = 'failed'`,
    { now },
  )
}

function incidentsOf(database: Database, messageId: string): string[] {
  return database
    .all('select distinct incident_id from deliveries where message_id = $message_id order by incident_id', {
      message_id: messageId,
    })
    .map((row) => String(row['incident_id']))
}

/** How far telling has come, per incident: counts by status and the newest error. */
export function deliveryStates(database: Database): readonly Row[] {
  return database.all(
    `select d.incident_id,
         count(*) filter (where m.status = 'delivered') as delivered,
         count(*) filter (where m.status = 'pending' or m.status is null) as waiting,
         count(*) filter (where m.status = 'failed') as failed,
         max(m.last_error) filter (where m.status <> 'delivered') as error
     from deliveries d left join messages m on m.message_id = d.message_id
     group by d.incident_id`,
  )
}
