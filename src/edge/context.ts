import type { ApiContext } from '../api/context.ts'
import type { IncidentDesk } from '../api/incident-desk.ts'
import type { SavingsDesk } from '../api/savings-desk.ts'
import type { Feed } from '../core/feed.ts'
import { reportKinds, teamKinds } from '../report/names.ts'
import type { NotHere } from './not-here.ts'
import type { PublishedDocument } from './published.ts'
import { type Publication, publishedSnapshot } from './snapshot.ts'

/**
 * The application's context over one publication. It never changes: another manifest is another context, so no answer mixes two states.
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
    incidentFeed: elsewhere<Feed>(notHere, 'a stream of incidents'),
    savings: elsewhere<SavingsDesk>(notHere, 'a recommendation or saving'),
    reports: { kinds: isWhole ? reportKinds : teamKinds, make: async () => notHere('a report') },
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

/** What only the full server has: whoever asks it for anything is refused. */
export function elsewhere<Desk extends object>(notHere: NotHere, what: string): Desk {
  return new Proxy({} as Desk, { get: () => notHere(what) })
}
