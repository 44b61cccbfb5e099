import type { IncidentDesk, OwnedIncident } from './api/incident-desk.ts'
import type { Feed } from './core/feed.ts'
import { UserError } from './errors.ts'
import type { StoredForecast } from './forecast/issued.ts'
import type { Incident } from './state/incidents.ts'
import type { Scope } from './state/silences.ts'

/** Of a forecast what concerns these teams: their own scopes, and how good the method is for teams. */
export function ownForecast(forecast: StoredForecast, own: ReadonlySet<string>): StoredForecast {
  return {
    ...forecast,
    events: [],
    record: forecast.record.filter(({ level }) => level === 'team'),
    forecasts: forecast.forecasts.filter(({ level, scope }) => level === 'team' && own.has(scope['team'] ?? '')),
  }
}

/** Whether something is of these teams' own series: a sum over several teams is nobody's alone. */
const ownedBy =
  (own: ReadonlySet<string>) =>
  ({ series }: { readonly series: Scope }) =>
    series.team !== undefined && own.has(series.team ?? '')

type IncidentFeed = (isSeen: (incident: Incident) => boolean) => Feed

/** What happens to the incidents of these teams' own series. */
export function ownFeed(feed: IncidentFeed, own: ReadonlySet<string>): IncidentFeed {
  return (isSeen) => feed((incident) => ownedBy(own)(incident) && isSeen(incident))
}

/** The incidents of these teams' own series. */
export function ownDesk(desk: IncidentDesk, own: ReadonlySet<string>): IncidentDesk {
  const isOwn = ownedBy(own)
  const find = (id: string) => {
    const found = desk.find(id)
    return found && isOwn(found.incident) ? found : null
  }
  return {
    list: (state) => desk.list(state).filter((one: OwnedIncident) => isOwn(one)),
    find,
    decide(choice) {
      const scope = choice.scope ?? find(choice.incident)?.incident.series
      if (!find(choice.incident) || !scope || !isOwn({ series: scope }))
        throw new UserError('the decision covers more than your teams', {
          hint: 'Name one of your teams in its scope.',
        })
      return desk.decide(choice)
    },
    newestRun() {
      const run = desk.newestRun()
      return run && { ...run, findings: run.findings.filter(isOwn) }
    },
    slack: null,
    usefulness: () => ({ told: 0, judged: 0, actionable: 0, share: null }),
  }
}
