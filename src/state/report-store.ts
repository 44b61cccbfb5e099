import { createHash } from 'node:crypto'
import { appendAudit } from './audit.ts'
import type { Database } from './sqlite.ts'

/** One report of one month and currency, owed to one channel. */
export interface OwedReport {
  readonly report: string
  readonly month: string
  readonly currency: string
  readonly channel: string
}

export interface ReportClaim {
  readonly message_id: string
  /** Attempts begun, this one included. */
  readonly attempts: number
  readonly created_at: string
}

/** Identity of a report on its way: the same for every attempt. */
export function reportMessageId({ report, month, currency, channel }: OwedReport): string {
  return createHash('sha256')
    .update(JSON.stringify(['report', report, month, currency, channel]))
    .digest('hex')
    .slice(0, 32)
}

/** Whether it has arrived; then it is never sent again. */
export function isDelivered(database: Database, owed: OwedReport): boolean {
  const found = database.all(
    `select 1 from report_deliveries where message_id = $message_id and status = 'delivered'`,
    {
      message_id: reportMessageId(owed),
    },
  )
  return found.length > 0
}

/** Takes a report to deliver it, or null when it has arrived or another process has it until its claim runs out. */
export function claimReport(
  database: Database,
  owed: OwedReport,
  claim: { readonly worker: string; readonly now: string; readonly until: string },
): ReportClaim | null {
  const message_id = reportMessageId(owed)
  return database.transaction(() => {
    const { report, month, currency, channel } = owed
    database.run(
      `insert into report_deliveries (message_id, report, month, currency, channel, status, created_at)
       values ($message_id, $report, $month, $currency, $channel, 'pending', $now) on conflict do nothing`,
      { message_id, report, month, currency, channel, now: claim.now },
    )
    const taken = database.run(
      `update report_deliveries set attempts = attempts + 1, claimed_by = $worker, claimed_until = $until
       where message_id = $message_id and status = 'pending' and (claimed_until is null or claimed_until <= $now)`,
      { message_id, ...claim },
    )
    if (taken === 0) return null
    const [row] = database.all(
      'select message_id, attempts, created_at from report_deliveries where message_id = $message_id',
      {
        message_id,
      },
    )
    return row as unknown as ReportClaim
  })
}

/** Notes the outcome of an attempt and gives the report back; `error` null means that it has arrived. */
export function settleReport(
  database: Database,
  owed: OwedReport,
  outcome: {
    readonly error: string | null
    readonly receipt: Readonly<Record<string, string>> | null
    readonly now: string
  },
): void {
  const { error, receipt, now } = outcome
  const message_id = reportMessageId(owed)
  database.transaction(() => {
    database.run(
      `update report_deliveries set status = $status, last_error = $error, receipt = $receipt, claimed_until = null, claimed_by = null,
           delivered_at = case when $status = 'delivered' then $now end
       where message_id = $message_id and status = 'pending'`,
      {
        ...{ message_id, error, now, status: error === null ? 'delivered' : 'pending' },
        receipt: receipt === null ? null : JSON.stringify(receipt),
      },
    )
    const action = error === null ? 'report delivered' : 'report postponed'
    appendAudit(database, {
      at: now,
      actor: 'reports',
      action,
      subject: message_id,
      detail: { ...owed, error, receipt },
    })
  })
}

/** Every delivery, newest month first. */
export function reportDeliveries(database: Database) {
  return database.all(
    `select report, month, currency, channel, status, attempts, last_error, delivered_at
     from report_deliveries order by month desc, report, currency, channel`,
  )
}
