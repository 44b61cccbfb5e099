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
  for (const report of options.reports.filter((one) => isDue(one.schedule, month, options.now())))
    outcomes.push(...(await deliverReport(source, report, month, options)))
  return outcomes
}

/** The boundary of a report: one that cannot be made, of a team that is gone, does not hold up the others. */
async function deliverReport(
  source: ReportSource,
  report: ScheduledReport,
  month: string,
  options: DeliverReportsOptions,
): Promise<DeliveredReport[]> {
  const outcomes: DeliveredReport[] = []
  for (const currency of await waitingFor(source, report, month, options)) {
    const document = await makeReport(source, { kind: report.kind, month, currency, team: report.team }).catch(
      (error: unknown) => {
        if (error instanceof UserError) return error
        throw error
      },
    )
    for (const channel of report.channels) {
      options.signal.throwIfAborted()
      const owed = { report: report.name, month, currency, channel }
      const error = document instanceof UserError ? document.message : await attempt(document, owed, report, options)
      if (error !== undefined) outcomes.push({ ...owed, error })
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

/** Currencies of the month in which a channel still waits for the report. */
async function waitingFor(
  source: ReportSource,
  { name, currencies, channels }: ScheduledReport,
  month: string,
  { database }: DeliverReportsOptions,
): Promise<string[]> {
  const charged = await chargedIn(source, month)
  return charged
    .filter((currency) => currencies === undefined || currencies.includes(currency))
    .filter((currency) =>
      channels.some((channel) => !isDelivered(database, { report: name, month, currency, channel })),
    )
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
