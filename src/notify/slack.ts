import type { ChannelOf } from '../config-notify.ts'
import { checkAddress } from './address-guard.ts'
import { type ChannelContext, secretOf } from './channel-context.ts'
import { RefusedCall } from './http.ts'
import type { Message, Notifier, Receipt } from './notifier.ts'
import { openSlackApi, type SlackApi, slackHosts } from './slack-api.ts'
import { slackBlocks } from './slack-blocks.ts'

/**
 * Slack by incoming webhook or by bot token. The bot can tell whether a message has arrived (it carries its key as metadata, read back with the
 * scope `channels:history`) and updates the first message when the incident's state changes; a webhook can do neither.
 */
export function createSlack(config: ChannelOf<'slack'>, context: ChannelContext): Notifier {
  const { name, url_env, channel } = config
  const canAct = config.signing_secret_env !== undefined
  if (url_env !== undefined)
    return createWebhook({ name, url_env, canAct, allowed: [...slackHosts, ...config.hosts] }, context)
  const api = openSlackApi(config, context)
  return {
    name,
    repeats: 'once',
    takes: 'states',
    async deliver(message, signal): Promise<Receipt> {
      const parts = slackBlocks(message, canAct)
      const change = message.alerts[0]?.change ?? 'opened'
      if (message.kind === 'single' && !isNews(change)) {
        const { channel: where, ts } = message.first_receipt ?? {}
        if (where === undefined || ts === undefined) return { note: 'no message of its own to update' }
        await api('chat.update', { channel: where, ts, ...parts }, signal)
        return { channel: where, ts }
      }
      const arrived = message.repeated ? await find(api, String(channel), message, signal) : null
      if (arrived) return arrived
      const metadata = { event_type: 'costwright_alert', event_payload: { message_id: message.message_id } }
      const posted = await api(
        'chat.postMessage',
        { channel, ...parts, metadata, unfurl_links: false, unfurl_media: false },
        signal,
      )
      return { channel: String(posted['channel']), ts: String(posted['ts']) }
    },
  }
}

const isNews = (change: string) => ['opened', 'escalated', 'reopened', 'unacknowledged'].includes(change)

/** The message among those since it was made; null when it is not there, or when the bot may not read the channel. */
async function find(api: SlackApi, channel: string, message: Message, signal: AbortSignal): Promise<Receipt | null> {
  const oldest = String(Date.parse(message.created_at) / 1000 - 60)
  const history = await api(
    'conversations.history',
    { channel, oldest, limit: 200, include_all_metadata: true },
    signal,
  ).catch((error: unknown) => {
    if (
      error instanceof RefusedCall &&
      ['missing_scope', 'not_in_channel', 'channel_not_found'].includes(error.code ?? '')
    )
      return { messages: [] }
    throw error
  })
  const messages = (history as { messages?: { ts: string; metadata?: { event_payload?: { message_id?: string } } }[] })
    .messages
  const found = messages?.find(({ metadata }) => metadata?.event_payload?.message_id === message.message_id)
  return found ? { channel, ts: found.ts } : null
}

function createWebhook(
  config: { name: string; url_env: string; canAct: boolean; allowed: readonly string[] },
  context: ChannelContext,
): Notifier {
  const { name, url_env, canAct, allowed } = config
  const url = checkAddress(secretOf(context, url_env, name), allowed, name)
  return {
    name,
    repeats: 'same_key',
    takes: 'news',
    async deliver(message, signal) {
      const { text, blocks } = slackBlocks(message, canAct)
      const key = { type: 'context', elements: [{ type: 'plain_text', text: `key ${message.message_id}` }] }
      const body = JSON.stringify({ text, blocks: [...blocks, key] })
      const headers = { 'content-type': 'application/json; charset=utf-8' }
      const answer = await context.http.call(url, { method: 'POST', headers, body, signal })
      if (answer.text.trim() !== 'ok') throw new RefusedCall(answer, `answered ${answer.text.slice(0, 100)}`)
      return {}
    },
  }
}
