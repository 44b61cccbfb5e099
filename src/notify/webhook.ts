import { createHmac } from 'node:crypto'
import type { ChannelOf } from '../config-notify.ts'
import { UserError } from '../errors.ts'
import { checkAddress } from './address-guard.ts'
import { type ChannelContext, secretOf } from './channel-context.ts'
import type { Message, Notifier } from './notifier.ts'

/** Any receiver of Standard Webhooks 1.0.0 (https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md). */
export function createWebhook(config: ChannelOf<'webhook'>, context: ChannelContext): Notifier {
  const post = signedPost(config, context)
  return {
    name: config.name,
    repeats: 'same_key',
    takes: 'states',
    async deliver(message, signal) {
      return { webhook_id: await post(message.message_id, payloadOf(message), signal) }
    },
  }
}

/** Posts a payload, signed, under an id that stays when it is sent again; gives the id. */
export function signedPost(config: ChannelOf<'webhook'>, context: ChannelContext) {
  const { name } = config
  const own = URL.canParse(config.url) ? [new URL(config.url).hostname] : []
  const url = checkAddress(config.url, [...own, ...config.hosts], name)
  const keys = secretOf(context, config.secret_env, name)
    .split(/\s+/)
    .map((secret) => keyOf(secret, config.secret_env, name))
  return async (messageId: string, payload: object, signal: AbortSignal): Promise<string> => {
    const body = JSON.stringify(payload)
    const id = `msg_${messageId}`
    const timestamp = String(Math.floor(context.now().getTime() / 1000))
    const headers = {
      'content-type': 'application/json',
      'webhook-id': id,
      'webhook-timestamp': timestamp,
      'webhook-signature': keys.map((key) => sign(key, { id, timestamp, body })).join(' '),
    }
    await context.http.call(url, { method: 'POST', headers, body, signal })
    return id
  }
}

/** `'v1,<base64>'` over `id.timestamp.body`. */
export function sign(key: Buffer, { id, timestamp, body }: { id: string; timestamp: string; body: string }): string {
  return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`
}

function keyOf(secret: string, variable: string, channel: string): Buffer {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64')
  if (secret.startsWith('whsec_') && key.length >= 24 && key.length <= 64) return key
  throw new UserError(`channel ${channel}: ${variable} is no signing secret of Standard Webhooks`, {
    hint: 'It is `whsec_` and 24 to 64 random bytes in base64, e.g. from `openssl rand -base64 32`.',
  })
}

/** Days that one alert carries; a digest carries none: the specification asks for payloads under 20 kB. */
const historyDays = 60

function payloadOf({ kind, alerts, created_at, message_id }: Message): object {
  const data = alerts.map(({ history, ...alert }) =>
    kind === 'single' ? { ...alert, history: history.slice(-historyDays) } : alert,
  )
  const [first] = data
  return kind === 'single'
    ? { type: `cost_alert.${first?.change}`, timestamp: first?.at, message_id, data: first }
    : { type: `cost_alert.${kind}`, timestamp: created_at, message_id, data: { alerts: data } }
}
