import type { ChannelConfig, ChannelOf } from '../config-notify.ts'
import { UserError } from '../errors.ts'
import { checkAddress } from './address-guard.ts'
import { type ChannelContext, secretOf } from './channel-context.ts'
import { cut, type Fact } from './content.ts'
import { createMailer, explained } from './email.ts'
import { RefusedCall } from './http.ts'
import type { Receipt } from './notifier.ts'
import { openSlackApi, slackHosts } from './slack-api.ts'
import { envelope, escapeMarkdown, teamsHosts } from './teams.ts'
import { signedPost } from './webhook.ts'

/** A report on its way to a channel. The same report of the same month keeps its id through every attempt. */
export interface ReportMessage {
  /** Letters, digits and dashes, 32 characters. */
  readonly message_id: string
  readonly title: string
  /** What it says in one sentence; null without one. */
  readonly lead: string | null
  readonly facts: readonly Fact[]
  /** Where it is read; null where no address of the dashboard is configured. */
  readonly url: string | null
  /** ISO instant. */
  readonly created_at: string
  /** What the report is of, for systems. */
  readonly about: Readonly<Record<string, string | null>>
  /** Without pictures, for the body of an e-mail. */
  html(): Promise<string>
  attachment(): Promise<{ readonly filename: string; readonly type: string; readonly content: Buffer }>
}

export type SendReport = (message: ReportMessage, signal: AbortSignal) => Promise<Receipt>

type Open<Type extends ChannelConfig['type']> = (config: ChannelOf<Type>, context: ChannelContext) => SendReport

/** Channels that people or their systems read; the others wake people or open tickets. */
const kinds: { readonly [Type in ChannelConfig['type']]?: Open<Type> } = { email, slack, teams, webhook }

/** Opens a channel for reports. Throws UserError for one that takes none, a missing secret or an address that is not allowed. */
export function openReportChannel(config: ChannelConfig, context: ChannelContext): SendReport {
  const open = kinds[config.type] as Open<typeof config.type> | undefined
  if (open) return open(config as never, context)
  throw new UserError(`channel ${config.name}: ${config.type} takes no reports`, {
    hint: `Reports go to ${Object.keys(kinds).join(', ')}.`,
  })
}

function plainText({ title, lead, facts, url }: ReportMessage): string {
  const lines = facts.map(({ label, value }) => `${label}: ${value}`)
  return [title, '', ...(lead === null ? [] : [lead, '']), ...lines, ...(url === null ? [] : ['', url]), ''].join('\n')
}

function email(config: ChannelOf<'email'>, context: ChannelContext): SendReport {
  const mailer = createMailer(config, context)
  return async (message, signal) => {
    const messageId = `<${message.message_id}@costwright>`
    const { filename, type, content } = await message.attachment()
    const sent = await mailer
      .sendMail({
        from: config.from,
        to: [...config.to],
        messageId,
        date: message.created_at,
        headers: { 'Auto-Submitted': 'auto-generated', 'X-Costwright-Key': message.message_id },
        subject: message.title.replaceAll('\u00a0', ' '),
        text: plainText(message),
        html: await message.html(),
        attachments: [{ filename, contentType: type, content }],
        signal,
      } as Parameters<typeof mailer.sendMail>[0])
      .catch((error: unknown) => {
        throw explained(error)
      })
    const rejected = sent.rejected.map(String).join(', ')
    return { message_id: messageId, ...(rejected === '' ? {} : { rejected }) }
  }
}

function webhook(config: ChannelOf<'webhook'>, context: ChannelContext): SendReport {
  const post = signedPost(config, context)
  return async (message, signal) => {
    const { message_id, title, lead, facts, url, created_at, about } = message
    const data = { ...about, title, lead, facts, url }
    return {
      webhook_id: await post(
        message_id,
        { type: 'cost_report.ready', timestamp: created_at, message_id, data },
        signal,
      ),
    }
  }
}

/** Slack takes at most 3,000 characters a section and 150 a header. */
function slackBlocks({ title, lead, facts, url, message_id }: ReportMessage): object[] {
  const plain = (text: string) => ({ type: 'plain_text', text, emoji: false })
  const lines = facts.map(({ label, value }) => `${label}: ${value}`).join('\n')
  return [
    { type: 'header', text: plain(cut(title, 150)) },
    ...(lead === null ? [] : [{ type: 'section', text: plain(cut(lead, 2900)) }]),
    { type: 'section', text: plain(cut(lines === '' ? ' ' : lines, 2900)) },
    ...(url === null
      ? []
      : [
          {
            type: 'actions',
            elements: [{ type: 'button', action_id: 'costwright_report', text: plain('Open the report'), url }],
          },
        ]),
    { type: 'context', elements: [plain(`key ${message_id}`)] },
  ]
}

function slack(config: ChannelOf<'slack'>, context: ChannelContext): SendReport {
  const { name, url_env, channel } = config
  if (url_env !== undefined) {
    const url = checkAddress(secretOf(context, url_env, name), [...slackHosts, ...config.hosts], name)
    return async (message, signal) => {
      const body = JSON.stringify({ text: message.title, blocks: slackBlocks(message) })
      const headers = { 'content-type': 'application/json; charset=utf-8' }
      const answer = await context.http.call(url, { method: 'POST', headers, body, signal })
      if (answer.text.trim() !== 'ok') throw new RefusedCall(answer, `answered ${answer.text.slice(0, 100)}`)
      return {}
    }
  }
  const api = openSlackApi(config, context)
  return async (message, signal) => {
    const metadata = { event_type: 'costwright_report', event_payload: { message_id: message.message_id } }
    const body = { channel, text: message.title, blocks: slackBlocks(message), metadata, unfurl_links: false }
    const posted = await api('chat.postMessage', body, signal)
    return { channel: String(posted['channel']), ts: String(posted['ts']) }
  }
}

function teams(config: ChannelOf<'teams'>, context: ChannelContext): SendReport {
  const { name, url_env } = config
  const url = checkAddress(secretOf(context, url_env, name), [...teamsHosts, ...config.hosts], name)
  return async (message, signal) => {
    const headers = { 'content-type': 'application/json; charset=utf-8' }
    const body = JSON.stringify(envelope(card(message)))
    const answer = await context.http.call(url, { method: 'POST', headers, body, signal })
    const isRefused = /delivery failed|HTTP error \d{3}/i.test(answer.text)
    if (isRefused) throw new RefusedCall(answer, `answered ${answer.text.slice(0, 200)}`)
    return { run: answer.headers.get('x-ms-workflow-run-id') ?? 'unknown' }
  }
}

function card({ title, lead, facts, url, message_id }: ReportMessage): object {
  const block = (text: string, more: object = {}) => ({
    type: 'TextBlock',
    text: escapeMarkdown(text),
    wrap: true,
    ...more,
  })
  return {
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    type: 'AdaptiveCard',
    version: '1.4',
    msteams: { width: 'Full' },
    fallbackText: title,
    body: [
      block(title, { weight: 'bolder', size: 'medium' }),
      ...(lead === null ? [] : [block(cut(lead, 1000))]),
      {
        type: 'FactSet',
        facts: facts.map(({ label, value }) => ({
          title: cut(escapeMarkdown(label), 300),
          value: cut(escapeMarkdown(value), 1000),
        })),
      },
      block(`key ${message_id}`, { size: 'small', isSubtle: true }),
    ],
    actions: url === null ? [] : [{ type: 'Action.OpenUrl', title: 'Open the report', url }],
  }
}
