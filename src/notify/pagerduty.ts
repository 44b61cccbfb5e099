import type { ChannelOf } from '../config-notify.ts'
import { checkAddress } from './address-guard.ts'
import type { Alert } from './alert.ts'
import { type ChannelContext, secretOf } from './channel-context.ts'
import { contentOf, cut, titleOf } from './content.ts'
import type { Message, Notifier } from './notifier.ts'

const hosts = ['events.pagerduty.com', 'events.eu.pagerduty.com']
const endpoints = { us: 'https://events.pagerduty.com', eu: 'https://events.eu.pagerduty.com' } as const

const eventActions: Readonly<Record<Alert['change'], 'trigger' | 'acknowledge' | 'resolve'>> = {
  opened: 'trigger',
  escalated: 'trigger',
  reopened: 'trigger',
  unacknowledged: 'trigger',
  acknowledged: 'acknowledge',
  expected: 'resolve',
  muted: 'resolve',
  resolved: 'resolve',
  absorbed: 'resolve',
  retracted: 'resolve',
}

/**
 * PagerDuty Events API v2 (https://developer.pagerduty.com/docs/events-api-v2/trigger-events/). The incident is the dedup key, so a
 * repeated event joins the incident that the first one made.
 */
export function createPagerduty(config: ChannelOf<'pagerduty'>, context: ChannelContext): Notifier {
  const { name, region } = config
  const base = checkAddress(config.endpoint ?? endpoints[region], [...hosts, ...config.hosts], name)
  const routing_key = secretOf(context, config.routing_key_env, name)
  return {
    name,
    repeats: 'once',
    takes: 'states',
    async deliver(message, signal) {
      const dedup_key = `costwright-${message.alerts[0]?.incident_id}`
      const body = { routing_key, dedup_key, ...eventOf(message) }
      const answer = await context.http.callJson(new URL('/v2/enqueue', base), { method: 'POST', body, signal })
      return { dedup_key: (answer as { dedup_key?: string } | null)?.dedup_key ?? dedup_key }
    },
  }
}

function eventOf(message: Message): object {
  const [alert] = message.alerts
  if (!alert) throw new RangeError(`message ${message.message_id} is empty`)
  const event_action = eventActions[alert.change]
  if (event_action !== 'trigger') return { event_action }
  const { facts, trend } = contentOf(message)
  return {
    event_action,
    client: 'costwright',
    ...(alert.url === null ? {} : { client_url: alert.url, links: [{ href: alert.url, text: 'Open in costwright' }] }),
    ...(alert.chart_url === null ? {} : { images: [{ src: alert.chart_url, alt: 'Daily cost' }] }),
    payload: {
      summary: cut(titleOf(alert), 1024),
      source: [alert.series.provider, alert.series.account].filter(Boolean).join('/') || 'costwright',
      severity: alert.severity,
      timestamp: alert.at,
      component: alert.series.service ?? 'all services',
      group: alert.owner,
      class: `cost ${alert.direction === 'up' ? 'rise' : 'fall'}`,
      custom_details: {
        ...Object.fromEntries(facts.map(({ label, value }) => [label, value])),
        ...(trend === null ? {} : { Trend: trend }),
        message_id: message.message_id,
      },
    },
  }
}
