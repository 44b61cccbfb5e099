import type { ChannelOf } from '../config-notify.ts'
import { checkAddress } from './address-guard.ts'
import { actions, actionUrl } from './alert.ts'
import { type ChannelContext, secretOf } from './channel-context.ts'
import { chartPng } from './chart-png.ts'
import { contentOf, cut } from './content.ts'
import { RefusedCall } from './http.ts'
import type { Message, Notifier } from './notifier.ts'

export const teamsHosts = ['.logic.azure.com', '.logic.azure.us', '.powerplatform.com', '.webhook.office.com']

/** A message of more than about 28 KB is refused (https://learn.microsoft.com/en-us/connectors/teams/). */
const largestBytes = 27_000

/** Teams by a Workflows webhook ("Post to a channel when a webhook request is received"). */
export function createTeams(config: ChannelOf<'teams'>, context: ChannelContext): Notifier {
  const { name, url_env } = config
  const url = checkAddress(secretOf(context, url_env, name), [...teamsHosts, ...config.hosts], name)
  return {
    name,
    repeats: 'same_key',
    takes: 'news',
    async deliver(message, signal) {
      const headers = { 'content-type': 'application/json; charset=utf-8' }
      const answer = await context.http.call(url, { method: 'POST', headers, body: teamsBody(message), signal })
      const isRefused = /delivery failed|HTTP error \d{3}/i.test(answer.text)
      if (isRefused) throw new RefusedCall(answer, `answered ${answer.text.slice(0, 200)}`)
      return { run: answer.headers.get('x-ms-workflow-run-id') ?? 'unknown' }
    },
  }
}

/** The card as JSON, without what would make it too large: first the chart goes, then the last facts. */
function teamsBody(message: Message): string {
  const { facts } = contentOf(message)
  for (let left = facts.length; ; left -= 5) {
    for (const withChart of [true, false]) {
      const body = JSON.stringify(envelope(card(message, Math.max(0, left), withChart)))
      if (Buffer.byteLength(body) <= largestBytes || left <= 0) return body
    }
  }
}

export const envelope = (content: object) => ({
  type: 'message',
  attachments: [{ contentType: 'application/vnd.microsoft.card.adaptive', contentUrl: null, content }],
})

function card(message: Message, longest: number, withChart: boolean): object {
  const { title, facts } = contentOf(message)
  const [alert] = message.alerts
  const single = message.kind === 'single' ? alert : undefined
  const png = single && withChart ? chartPng(single.history) : null
  const colour = { info: 'accent', warning: 'warning', critical: 'attention' } as const
  return {
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    type: 'AdaptiveCard',
    version: '1.4',
    msteams: { width: 'Full' },
    fallbackText: title,
    body: [
      {
        type: 'TextBlock',
        text: escapeMarkdown(title),
        weight: 'bolder',
        size: 'medium',
        wrap: true,
        color: single ? colour[single.severity] : 'default',
      },
      {
        type: 'FactSet',
        facts: facts
          .slice(0, longest)
          .map(({ label, value }) => ({ title: cut(escapeMarkdown(label), 300), value: cut(linkOf(value), 1000) })),
      },
      ...(facts.length > longest
        ? [{ type: 'TextBlock', text: 'More than fits: open it for the rest.', wrap: true }]
        : []),
      ...(png
        ? [{ type: 'Image', url: `data:image/png;base64,${png.toString('base64')}`, altText: `Daily cost: ${title}` }]
        : []),
      { type: 'TextBlock', text: `key ${message.message_id}`, size: 'small', isSubtle: true },
    ],
    actions: single?.url ? buttons(single.url) : [],
  }
}

function buttons(url: string): object[] {
  return [
    { type: 'Action.OpenUrl', title: 'Open', url },
    ...actions.map(({ action, label }) => ({ type: 'Action.OpenUrl', title: label, url: actionUrl(url, action) })),
  ]
}

const linkOf = (value: string) => (/^https?:\/\/\S+$/.test(value) ? `[Open](${value})` : escapeMarkdown(value))

/** Cards read Markdown: a name out of a bill must not become a link. */
export function escapeMarkdown(text: string): string {
  return text.replace(/[\\`*_[\]()#<>!]/g, '\\$&')
}
