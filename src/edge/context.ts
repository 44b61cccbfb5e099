import type { AuditLog } from '../api/audit.ts'
import type { ApiContext } from '../api/context.ts'
import type { IncidentDesk } from '../api/incident-desk.ts'
import type { ReportDesk } from '../api/report-desk.ts'
import type { SavingsDesk } from '../api/savings-desk.ts'
import type { NotHere } from './not-here.ts'
import type { PublishedDocument } from './published.ts'
import { type Publication, publishedSnapshot } from './snapshot.ts'

/**
 * The application's context over one publication. It never changes: another manifest is another context, so no answer mixes two states.
 *
 * People who see some teams only have no savings, reports and buttons, as on the server; for the others these are the server's alone.
 */
export function publishedContext(publication: Publication, now: () => Date): ApiContext {
  const { manifest, document, notHere } = publication
  const snapshot = publishedSnapshot(publication)
  const isWhole = manifest.teams === null
  return {
    catalog: new Map(document.catalog.map((entry) => [entry.name, entry])),
    title: manifest.title,
    now,
    current: () => manifest.state,
    collections: () => document.collections,
    forecasts: () => document.forecasts,
    incidents: publishedIncidents(document, isWhole, notHere),
    savings: isWhole ? savingsElsewhere(notHere) : null,
    reports: isWhole ? reportsElsewhere(notHere) : null,
    use: async (asOf, work) => (asOf === undefined ? work(snapshot) : notHere('a past state of the data (as_of)')),
  }
}

function publishedIncidents(document: PublishedDocument, isWhole: boolean, notHere: NotHere): IncidentDesk {
  return {
    list: ({ state, team, provider } = {}) =>
      document.incidents.filter(
        (incident) =>
          (state === undefined || incident.state === state) &&
          (team === undefined || incident.series.team === team) &&
          (provider === undefined || incident.series.provider === provider),
      ),
    find: () => notHere('the history of an incident'),
    decide: () => notHere('a decision on an incident'),
    newestRun: () => document.run,
    usefulness: () => document.usefulness,
    slack: isWhole ? { handle: async () => notHere('a button in Slack') } : null,
  }
}

function savingsElsewhere(notHere: NotHere): SavingsDesk {
  const refuse = () => notHere('a recommendation or saving')
  return {
    revision: refuse,
    list: async () => refuse(),
    open: async () => refuse(),
    savings: refuse,
    funnel: async () => refuse(),
    find: refuse,
    decide: async () => refuse(),
  }
}

const reportsElsewhere = (notHere: NotHere): ReportDesk => ({ make: async () => notHere('a report') })

/** The server's log, for those who may read it there. */
export const auditElsewhere = (notHere: NotHere): AuditLog => ({
  after: () => notHere('the audit log'),
  check: async () => notHere('the audit log'),
})
