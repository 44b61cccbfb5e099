import { randomUUID } from 'node:crypto'
import { hostname, userInfo } from 'node:os'
import type { IncidentDesk } from './api/incident-desk.ts'
import type { Notifications } from './config-notify.ts'
import type { ScheduledReport } from './config-reports.ts'
import { createAnnouncer, ownerOf } from './notify/announce.ts'
import { openChannel } from './notify/channels.ts'
import { type Delivered, deliver } from './notify/deliver.ts'
import { createHttp } from './notify/http.ts'
import type { DeliveredReport } from './report/deliver.ts'
import type { ReportSource } from './report/source.ts'
import { type Applied, applyRun } from './state/apply-run.ts'
import { readAudit } from './state/audit.ts'
import { type Choice, decide, plan } from './state/decide.ts'
import type { DetectionRun } from './state/detection-run.ts'
import { listIncidents, readIncident } from './state/incident-store.ts'
import type { Incident } from './state/incidents.ts'
import { newestRun } from './state/runs.ts'
import { actionableShare } from './state/silence-store.ts'
import { type Database, openDatabase } from './state/sqlite.ts'

/** Incidents, what people decide on them, and who is told. */
export interface Alerts {
  readonly database: Database
  /** Who acts at the command line when nobody is named. */
  readonly actor: string
  /** What the API and the pages see of it. */
  readonly desk: IncidentDesk
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
}

const dayMs = 86_400_000

export function createAlerts({ path, config, now, env }: AlertsOptions): Alerts {
  const database = openDatabase(path)
  const announcer = createAnnouncer(config)
  const timeoutMs = config.timeout_seconds * 1000
  const context = { http: createHttp(timeoutMs), timeoutMs, env, now }
  const worker = `${hostname()}/${process.pid}/${randomUUID()}`
  const actor = userInfo().username
  const owned = (incident: Incident) => ({ ...incident, owner: ownerOf(config, incident) })
  const desk: IncidentDesk = {
    list: (state) => listIncidents(database, { state }).map(owned),
    find(id) {
      const incident = readIncident(database, id)
      return incident && { incident: owned(incident), history: readAudit(database, id) }
    },
    decide(choice) {
      const who = choice.actor ?? actor
      const { incident, told } = decide({ ...choice, actor: who }, { database, announcer, now: now() })
      return { incident: owned(incident), told }
    },
    newestRun: () => newestRun(database),
    usefulness: () => actionableShare(database, ''),
  }
  return {
    database,
    actor,
    desk,
    apply(run, complete_since) {
      const tell_since = new Date(now().getTime() - config.max_age_days * dayMs).toISOString().slice(0, 10)
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
