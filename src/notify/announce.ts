import type { Notifications } from '../config-notify.ts'
import type { Announcer, Context } from '../state/announcer.ts'
import { isLarger } from '../state/decimal-order.ts'
import type { Change, Incident } from '../state/incidents.ts'
import type { Alert, Severity } from './alert.ts'
import { takesStates } from './channels.ts'
import { isTold } from './impact.ts'

type Route = Notifications['routes'][number]

/** Who hears of an incident, and what the message says, from the configuration. */
export function createAnnouncer(config: Notifications): Announcer {
  const takers = new Set(config.channels.filter(takesStates).map(({ name }) => name))
  return {
    route: (incident) => (isTold(config, incident) ? (routeOf(config, incident)?.channels ?? []) : []),
    follows: (channel) => takers.has(channel),
    alert: (incident, change, context, at) => alertOf(config, { incident, change, context, at }),
  }
}

/** The first route whose conditions an incident meets, or undefined. */
export function routeOf(config: Notifications, incident: Incident): Route | undefined {
  const { provider, account, team } = incident.series
  const holds = (wanted: readonly string[] | undefined, value: string | undefined) =>
    wanted === undefined || (value !== undefined && wanted.includes(value))
  return config.routes.find(
    (route) =>
      holds(route.teams, team === '' ? 'unowned' : team) &&
      holds(route.owners, ownerOf(config, incident)) &&
      holds(route.severities, severityOf(config, incident.excess)) &&
      holds(route.providers, provider) &&
      holds(route.accounts, account),
  )
}

/** `critical`, `warning` or `info` by the size of the excess in its own currency. */
export function severityOf({ severity }: Notifications, excess: string): Severity {
  if (!isLarger(severity.critical, excess)) return 'critical'
  return isLarger(severity.warning, excess) ? 'info' : 'warning'
}

/** Who is named: of the finding, of its team, else the team itself; spend of nobody has the owner of `unowned`. */
export function ownerOf({ owners }: Notifications, { series, owner }: Incident): string {
  const team = series.team === '' ? 'unowned' : (series.team ?? 'several teams')
  return owner ?? owners.find((one) => one.team === team)?.owner ?? team
}

export function alertOf(
  config: Notifications,
  told: { incident: Incident; change: Change | 'unacknowledged'; context: Context; at: string },
): Alert {
  const { incident, change, context, at } = told
  const { incident_id, state, series, direction, currency, actual, expected, excess, onset, last_day } = incident
  return {
    ...{ incident_id, change, state, at, series, direction, currency, actual, expected, excess, onset, last_day },
    severity: severityOf(config, excess),
    expected_low: context.expected_low,
    expected_high: context.expected_high,
    rule: incident.rule,
    ...(incident.measure ? { measure: incident.measure } : {}),
    causes: incident.causes,
    owner: ownerOf(config, incident),
    history: context.history,
    chart_url: config.chart_url?.replace('{incident_id}', incident_id) ?? null,
    url: config.dashboard_url === undefined ? null : `${config.dashboard_url.replace(/\/$/, '')}/alerts/${incident_id}`,
    reason: incident.reason,
    actor: incident.actor,
  }
}
