import type { ChannelOf } from '../config-notify.ts'
import { checkAddress } from './address-guard.ts'
import type { Alert } from './alert.ts'
import { type ChannelContext, secretOf } from './channel-context.ts'
import { contentOf, cut, plainText, titleOf } from './content.ts'
import type { Message, Notifier } from './notifier.ts'

const hosts = ['api.opsgenie.com', 'api.eu.opsgenie.com']
const endpoints = { us: 'https://api.opsgenie.com', eu: 'https://api.eu.opsgenie.com' } as const
const priorities = { info: 'P4', warning: 'P3', critical: 'P1' } as const

/**
 * Opsgenie's alert API (https://docs.opsgenie.com/docs/alert-api). The incident is the alias: while its alert is open, a second
 * create is counted, not added. Messages have at most 130 characters, descriptions 15,000.
 */
export function createOpsgenie(config: ChannelOf<'opsgenie'>, context: ChannelContext): Notifier {
  const { name, region, responder } = config
  const base = checkAddress(config.endpoint ?? endpoints[region], [...hosts, ...config.hosts], name)
  const authorization = `GenieKey ${secretOf(context, config.api_key_env, name)}`
  const send = (method: 'POST' | 'PUT', path: string, body: object, signal: AbortSignal) =>
    context.http.callJson(new URL(`/v2/alerts${path}`, base), { method, headers: { authorization }, body, signal })
  return {
    name,
    repeats: 'once',
    takes: 'states',
    async deliver(message, signal) {
      const [alert] = message.alerts
      if (!alert) throw new RangeError(`message ${message.message_id} is empty`)
      const alias = `costwright-${alert.incident_id}`
      const at = (part: string) => `/${encodeURIComponent(alias)}/${part}?identifierType=alias`
      const words = wordsOf(message, alert)
      if (!isNews(alert)) {
        const part = alert.change === 'acknowledged' ? 'acknowledge' : 'close'
        const note = cut(titleOf(alert), 25_000)
        const answer = await send(
          'POST',
          at(part),
          { source: 'costwright', user: alert.actor ?? 'costwright', note },
          signal,
        )
        return receipt(alias, answer)
      }
      const answer = await send('POST', '', { alias, ...words, ...created(alert, message, responder) }, signal)
      if (alert.change === 'escalated' || alert.change === 'unacknowledged') {
        await send('PUT', at('message'), { message: words.message }, signal)
        await send('PUT', at('description'), { description: words.description }, signal)
        await send('PUT', at('priority'), { priority: words.priority }, signal)
      }
      return receipt(alias, answer)
    },
  }
}

const isNews = ({ change }: Alert) => ['opened', 'escalated', 'reopened', 'unacknowledged'].includes(change)

function wordsOf(message: Message, alert: Alert) {
  return {
    message: cut(titleOf(alert), 130),
    description: cut(`${plainText(contentOf(message))}${alert.url === null ? '' : `\n${alert.url}`}`, 15_000),
    priority: priorities[alert.severity],
  }
}

function created(alert: Alert, message: Message, responder: string | undefined): object {
  return {
    source: 'costwright',
    entity: cut([alert.series.account, alert.series.service].filter(Boolean).join(' ') || 'total cost', 512),
    tags: ['costwright', alert.severity],
    details: { message_id: message.message_id, owner: alert.owner, excess: alert.excess },
    ...(responder === undefined ? {} : { responders: [{ type: 'team', name: responder }] }),
  }
}

function receipt(alias: string, answer: unknown) {
  return { alias, request: (answer as { requestId?: string } | null)?.requestId ?? 'unknown' }
}
