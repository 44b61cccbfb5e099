import { Cron } from 'croner'
import { redact } from '../collectors/redact.ts'
import type { ChannelConfig, Notifications } from '../config-notify.ts'
import type { ScheduledReport } from '../config-reports.ts'
import { UserError } from '../errors.ts'
import type { SendReport } from '../notify/report-message.ts'
import { claimReport, isDelivered, type OwedReport, settleReport } from '../state/report-store.ts'
import type { Database } from '../state/sqlite.ts'
import type { ReportDocument } from './document.ts'
import { makeReport } from './make.ts'
import { reportMessage } from './message.ts'
import type { ReportSource } from './source.ts'

export interface DeliverReportsOptions {
  readonly database: Database
  readonly reports: readonly ScheduledReport[]
  readonly notifications: Notifications
  /** Opens a channel; throws UserError when it is not set up. */
  readonly open: (config: ChannelConfig) => SendReport
  readonly now: () => Date
  /** Names this process among those that deliver. */
  readonly worker: string
  readonly signal: AbortSignal
}

export interface DeliveredReport extends OwedReport {
  /** What went wrong, for people; null when it arrived. */
  readonly error: string | null
}

const attemptMs = 4 * 60_000
const claimMs = 5 * 60_000

/**
 * Sends the reports of the newest complete month that are due and have not arrived, each once a month, currency and channel. The outcome is
 * noted after its effect; what failed is tried again by the next call, under the same id.
 */
export async function deliverReports(source: ReportSource, options: DeliverReportsOptions): Promise<DeliveredReport[]> {
  const month = await newestComplete(source)
  const outcomes: DeliveredReport[] = []
  if (month === null) return outcomes
  for (const report of options.reports.filter((one) => isDue(one.schedule, month, options.now()))) {
    for (const document of await documentsOf(source, report, month, options)) {
      for (const channel of report.channels) {
        options.signal.throwIfAborted()
        const owed = { report: report.name, month, currency: document.currency, channel }
        const error = await attempt(document, owed, report, options)
        if (error !== undefined) outcomes.push({ ...owed, error })
      }
    }
  }
  return outcomes
}

/** Whether the schedule has come round since the month ended: what was missed while nothing ran is due too. */
export function isDue(schedule: string, month: string, now: Date): boolean {
  const [year = 0, number = 1] = month.split('-').map(Number)
  const end = new Date(Date.UTC(year, number, 1) - 1)
  const next = new Cron(schedule, { timezone: 'UTC', paused: true }).nextRun(end)
  return next !== null && next <= now
}

async function newestComplete(source: ReportSource): Promise<string | null> {
  const months = await source.rows('months')
  return (months.findLast((row) => row['is_complete'] === true)?.['charge_month'] as string | null) ?? null
}

/** One document a currency, made only where a channel still waits for it. */
async function documentsOf(
  source: ReportSource,
  report: ScheduledReport,
  month: string,
  { database }: DeliverReportsOptions,
): Promise<ReportDocument[]> {
  const currencies = report.currencies ?? (await chargedIn(source, month))
  const waiting = currencies.filter((currency) =>
    report.channels.some((channel) => !isDelivered(database, { report: report.name, month, currency, channel })),
  )
  const made: ReportDocument[] = []
  for (const currency of waiting)
    made.push(await makeReport(source, { kind: report.kind, month, currency, team: report.team }))
  return made
}

async function chargedIn(source: ReportSource, month: string): Promise<string[]> {
  const rows = await source.rows('cost_by_month', { month_of: 'charge_period' })
  return [...new Set(rows.filter((row) => row['month'] === month).map((row) => String(row['billing_currency'])))].sort()
}

/** The boundary of a channel: its failure is its own. Undefined when there was nothing to do. */
async function attempt(
  document: ReportDocument,
  owed: OwedReport,
  { format }: ScheduledReport,
  options: DeliverReportsOptions,
): Promise<string | null | undefined> {
  const { database, now, worker, notifications, signal } = options
  const until = new Date(now().getTime() + claimMs).toISOString()
  const claim = claimReport(database, owed, { worker, now: now().toISOString(), until })
  if (!claim) return undefined
  try {
    const channel = notifications.channels.find(({ name }) => name === owed.channel)
    if (!channel) throw new UserError(`there is no channel ${owed.channel} in the configuration`)
    const message = reportMessage(document, { ...claim, format, dashboard: notifications.dashboard_url })
    const receipt = await options.open(channel)(message, AbortSignal.any([signal, AbortSignal.timeout(attemptMs)]))
    settleReport(database, owed, { error: null, receipt, now: now().toISOString() })
    return null
  } catch (error) {
    signal.throwIfAborted()
    const words = `${owed.channel}: ${redact(error instanceof Error ? error.message : String(error))}`
    settleReport(database, owed, { error: words, receipt: null, now: now().toISOString() })
    return words
  }
}
