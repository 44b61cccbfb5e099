import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { setImmediate } from 'node:timers/promises'
import type { AuditLog } from './api/audit.ts'
import type { IncidentDesk } from './api/incident-desk.ts'
import type { Notifications } from './config-notify.ts'
import type { ScheduledReport } from './config-reports.ts'
import { createAnnouncer, ownerOf } from './notify/announce.ts'
import { openChannel } from './notify/channels.ts'
import { type Delivered, deliver } from './notify/deliver.ts'
import { createHttp, type Http } from './notify/http.ts'
import { createSlackDesk } from './notify/slack-desk.ts'
import type { DeliveredReport } from './report/deliver.ts'
import type { ReportSource } from './report/source.ts'
import { type Applied, applyRun } from './state/apply-run.ts'
import { auditAfter, type ChainedEntry, checkChain, newestAudit, readAudit } from './state/audit.ts'
import { type Choice, decide, plan } from './state/decide.ts'
import type { DetectionRun } from './state/detection-run.ts'
import { readChart } from './state/incident-charts.ts'
import { incidentFeed } from './state/incident-feed.ts'
import { listIncidents, readIncident } from './state/incident-store.ts'
import type { Incident } from './state/incidents.ts'
import { newestRun } from './state/runs.ts'
import { actionableShare } from './state/silence-store.ts'
import { type Database, openDatabase } from './state/sqlite.ts'
import { toldOf } from './state/told.ts'
import { userName } from './user-name.ts'

/** Incidents, what people decide on them, and who is told. */
export interface Alerts {
  readonly database: Database
  /** Who acts at the command line when nobody is named. */
  readonly actor: string
  /** What the API and the pages see of it. */
  readonly desk: IncidentDesk
  /** What happens to the incidents that somebody may see. */
  readonly incidentFeed: ReturnType<typeof incidentFeed>
  readonly audit: AuditLog
  /** The newest entries of the audit log, oldest of them first. */
  newestAudit(count: number): readonly ChainedEntry[]
  /** Takes a detection run into the state; `complete_since` as in `applyRun`. */
  apply(run: DetectionRun, complete_since: string | null): Applied
  decide(choice: Choice): ReturnType<typeof decide>
  plan(change: Parameters<typeof plan>[0]): string
  /** Sends what is owed to the channels. */
  deliver(signal: AbortSignal): Promise<Delivered[]>
  /** Sends the scheduled reports that are due and have not arrived. */
  deliverReports(
    source: ReportSource,
    reports: readonly ScheduledReport[],
    signal: AbortSignal,
  ): Promise<DeliveredReport[]>
  close(): void
}

export interface AlertsOptions {
  /** The state database's file. */
  readonly path: string
  readonly config: Notifications
  readonly now: () => Date
  readonly env: (name: string) => string | undefined
  /** Default: requests to checked addresses. */
  readonly http?: Http
}

const dayMs = 86_400_000

/** Days that deliveries may be late before what they show is no longer news. */
const longestGapDays = 31

/**
 * First `detected_on` that is told: days within `max_age_days`, and days that no run before has judged, so that a collection that stood
 * still for a week does not lose that week's incidents. A first run, and older data that are imported later, wake nobody.
 */
function tellSince(now: Date, maxAgeDays: number, judgedThrough: string | null): string {
  const ago = (days: number) => new Date(now.getTime() - days * dayMs).toISOString().slice(0, 10)
  if (judgedThrough === null) return ago(maxAgeDays)
  const next = new Date(Date.parse(judgedThrough) + dayMs).toISOString().slice(0, 10)
  const young = [ago(maxAgeDays), next].sort()[0] as string
  return [young, ago(longestGapDays)].sort()[1] as string
}

export function createAlerts({ path, config, now, env, http }: AlertsOptions): Alerts {
  const database = openDatabase(path)
  const announcer = createAnnouncer(config)
  const timeoutMs = config.timeout_seconds * 1000
  const context = { http: http ?? createHttp(timeoutMs), timeoutMs, env, now }
  const worker = `${hostname()}/${process.pid}/${randomUUID()}`
  const actor = userName()
  const owned = (incident: Incident) => ({ ...incident, owner: ownerOf(config, incident) })
  const desk: IncidentDesk = {
    list: (filter) => listIncidents(database, filter).map(owned),
    find(id) {
      const incident = readIncident(database, id)
      if (!incident) return null
      const [history, told, chart] = [readAudit(database, id), toldOf(database, id), readChart(database, id)]
      return { incident: owned(incident), history, told, chart }
    },
    decide(choice) {
      const who = choice.actor ?? actor
      const { incident, told } = decide({ ...choice, actor: who }, { database, announcer, now: now() })
      return { incident: owned(incident), told }
    },
    newestRun: () => newestRun(database),
    slack: createSlackDesk({ config, context, database, announcer }),
    usefulness: () => actionableShare(database, ''),
  }
  return {
    database,
    actor,
    desk,
    incidentFeed: incidentFeed(database, owned),
    audit: auditOf(database),
    newestAudit: (count) => newestAudit(database, count),
    apply(run, complete_since) {
      const before = newestRun(database)?.data_through ?? null
      const tell_since = tellSince(now(), config.max_age_days, before)
      return applyRun(run, { database, announcer, now: now(), tell_since, complete_since })
    },
    decide: (choice) => decide(choice, { database, announcer, now: now() }),
    plan: (change) => plan(change, { database, now: now() }),
    deliver: (signal) =>
      deliver({
        database,
        config,
        open: (channel) => openChannel(channel, context),
        now,
        worker,
        signal,
        random: Math.random,
      }),
    async deliverReports(source, reports, signal) {
      const [{ deliverReports }, { openReportChannel }] = await Promise.all([
        import('./report/deliver.ts'),
        import('./notify/report-message.ts'),
      ])
      const open = (channel: Notifications['channels'][number]) => openReportChannel(channel, context)
      return deliverReports(source, { database, reports, notifications: config, open, now, worker, signal })
    },
    close: () => database.close(),
  }
}

function auditOf(database: Database): AuditLog {
  return {
    after: (sequence, limit) => auditAfter(database, sequence, limit),
    async check() {
      const check = checkChain(database)
      for (;;) {
        const { done, value } = check.next()
        if (done) return value
        await setImmediate()
      }
    },
  }
}
