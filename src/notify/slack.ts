import type { ChannelOf } from '../config-notify.ts'
import { checkAddress } from './address-guard.ts'
import { attachChart } from './attach-chart.ts'
import { type ChannelContext, secretOf } from './channel-context.ts'
import { titleOf } from './content.ts'
import { RefusedCall } from './http.ts'
import type { Message, Notifier, Receipt } from './notifier.ts'
import { openSlackApi, type SlackApi, slackHosts, uploadSlackFile } from './slack-api.ts'
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
      const change = message.alerts[0]?.change ?? 'opened'
      if (message.kind === 'single' && !isNews(change)) {
        const { channel: where, ts, file } = message.first_receipt ?? {}
        if (where === undefined || ts === undefined) return { note: 'no message of its own to update' }
        await api('chat.update', { channel: where, ts, ...slackBlocks(message, canAct, file) }, signal)
        return { channel: where, ts }
      }
      const arrived = message.repeated ? await find(api, String(channel), message, signal) : null
      if (arrived) return arrived
      const metadata = { event_type: 'costwright_alert', event_payload: { message_id: message.message_id } }
      const post = (file?: string) => {
        const parts = slackBlocks(message, canAct, file)
        return api(
          'chat.postMessage',
          { channel, ...parts, metadata, unfurl_links: false, unfurl_media: false },
          signal,
        )
      }
      const chart = await chartOf(config, context, message, signal)
      const posted = await post(chart['file']).catch((error: unknown) => {
        if (chart['file'] === undefined || !isFileRefused(error)) throw error
        delete chart['file']
        chart['no_chart'] = error.message
        return post()
      })
      return { channel: String(posted['channel']), ts: String(posted['ts']), ...chart }
    },
  }
}

/** A file is not ready for a message at once; nothing has been posted then. */
const isFileRefused = (error: unknown): error is RefusedCall =>
  error instanceof RefusedCall &&
  ['invalid_blocks', 'file_not_found', 'slack_file_not_found'].includes(error.code ?? '')

/** The chart as a file of Slack's, where no address of charts is configured. */
async function chartOf(
  config: ChannelOf<'slack'>,
  context: ChannelContext,
  ...[message, signal]: [Message, AbortSignal]
): Promise<Record<string, string>> {
  const [alert] = message.alerts
  if (!alert || alert.chart_url !== null) return {}
  const title = titleOf(alert)
  return attachChart(message, async (png) => ({ file: await uploadSlackFile(config, context, { png, title, signal }) }))
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
  const { messages } = history as { messages?: readonly FoundMessage[] }
  const found = messages?.find(({ metadata }) => metadata?.event_payload?.message_id === message.message_id)
  const file = found?.blocks?.find(({ slack_file }) => slack_file)?.slack_file?.id
  return found ? { channel, ts: found.ts, ...(file === undefined ? {} : { file }) } : null
}

interface FoundMessage {
  readonly ts: string
  readonly metadata?: { readonly event_payload?: { readonly message_id?: string } }
  readonly blocks?: readonly { readonly slack_file?: { readonly id?: string } }[]
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
