import type { ChannelOf } from '../config-notify.ts'
import { checkAddress } from './address-guard.ts'
import type { Alert } from './alert.ts'
import { attachChart, fileForm } from './attach-chart.ts'
import { type ChannelContext, secretOf } from './channel-context.ts'
import { contentOf, cut, plainText, titleOf } from './content.ts'
import type { Http } from './http.ts'
import type { Message, Notifier, Receipt } from './notifier.ts'

type Send = (method: 'GET' | 'POST', path: string, signal: AbortSignal, body?: object) => Promise<unknown>

interface Ticket {
  readonly send: Send
  readonly key: string
  readonly message: Message
  readonly signal: AbortSignal
}

/**
 * Jira Cloud's REST API v3: one issue an incident, found again by its label, then comments and the closing transition. Jira's search
 * lags behind by seconds (https://developer.atlassian.com/cloud/jira/platform/search-and-reconcile), so a process that dies between creating
 * and noting it may leave a second issue with the same label.
 */
export function createJira(config: ChannelOf<'jira'>, context: ChannelContext): Notifier {
  const { name, project, issue_type, close_transition } = config
  const base = checkAddress(config.url, ['.atlassian.net', ...ownHost(config.url), ...config.hosts], name)
  const user = secretOf(context, config.user_env, name)
  const token = secretOf(context, config.token_env, name)
  const authorization = `Basic ${Buffer.from(`${user}:${token}`).toString('base64')}`
  const send = sender(context.http, base, authorization)
  return {
    name,
    repeats: 'same_key',
    takes: 'states',
    async deliver(message, signal) {
      const [alert] = message.alerts
      if (!alert) throw new RangeError(`message ${message.message_id} is empty`)
      const isFirst = message.first_receipt === null
      const known =
        isFirst && !message.repeated ? null : (message.first_receipt?.['key'] ?? (await find(send, alert, signal)))
      if (known === null) {
        const fields = { ...fieldsOf(message, alert), project: { key: project }, issuetype: { name: issue_type } }
        const made = (await send('POST', 'issue', signal, { fields })) as { key: string }
        return {
          key: made.key,
          ...(await attach({ http: context.http, base, authorization }, message, made.key, signal)),
        }
      }
      if (isFirst && message.repeated && alert.change === 'opened') return { key: known }
      const ticket = { send, key: known, message, signal }
      await comment(ticket)
      if (!['resolved', 'absorbed', 'retracted', 'expected', 'muted'].includes(alert.change)) return { key: known }
      return { key: known, transition: await close(ticket, close_transition) }
    },
  }
}

/** The host of an address that the configuration itself gives in plain text. */
export function ownHost(url: string): string[] {
  return URL.canParse(url) ? [new URL(url).hostname] : []
}

function sender(http: Http, base: URL, authorization: string): Send {
  return (method, path, signal, body) =>
    http.callJson(new URL(`/rest/api/3/${path}`, base), { method, headers: { authorization }, body, signal })
}

/** The chart as an attachment of a new issue. */
function attach(
  { http, base, authorization }: { http: Http; base: URL; authorization: string },
  ...[message, key, signal]: [Message, string, AbortSignal]
): Promise<Receipt> {
  return attachChart(message, async (png) => {
    const { headers, body } = fileForm('cost.png', png)
    const url = new URL(`/rest/api/3/issue/${encodeURIComponent(key)}/attachments`, base)
    const own = { authorization, accept: 'application/json', 'x-atlassian-token': 'no-check' }
    await http.call(url, { method: 'POST', headers: { ...headers, ...own }, body, signal })
    return { chart: 'attached' }
  })
}

const labelOf = ({ incident_id }: Alert) => `costwright-${incident_id}`

async function find(send: Send, alert: Alert, signal: AbortSignal): Promise<string | null> {
  const jql = `labels = "${labelOf(alert)}" order by created desc`
  const found = await send('POST', 'search/jql', signal, { jql, maxResults: 1, fields: ['status'] })
  return (found as { issues?: { key: string }[] } | null)?.issues?.[0]?.key ?? null
}

function fieldsOf(message: Message, alert: Alert): object {
  return {
    summary: cut(titleOf(alert), 255),
    description: documentOf(message, alert),
    labels: ['costwright', labelOf(alert), `severity-${alert.severity}`],
  }
}

/** A comment carries the message's key, so that a repeated attempt finds it and adds no second one. */
async function comment({ send, key, message, signal }: Ticket): Promise<void> {
  const path = `issue/${encodeURIComponent(key)}/comment`
  if (message.repeated) {
    const page = await send('GET', `${path}?orderBy=-created&maxResults=100`, signal)
    if (JSON.stringify(page).includes(message.message_id)) return
  }
  const [alert] = message.alerts
  if (alert) await send('POST', path, signal, { body: documentOf(message, alert) })
}

async function close({ send, key, signal }: Ticket, name: string): Promise<string> {
  const path = `issue/${encodeURIComponent(key)}/transitions`
  const { transitions = [] } = ((await send('GET', path, signal)) ?? {}) as {
    transitions?: { id: string; name: string; to?: { name?: string } }[]
  }
  const wanted = name.toLowerCase()
  const found = transitions.find((one) => [one.name, one.to?.name].some((text) => text?.toLowerCase() === wanted))
  if (!found) return `none called ${name} from the issue's present status`
  await send('POST', path, signal, { transition: { id: found.id } })
  return found.name
}

/** Atlassian Document Format; its text nodes are plain, so nothing in a name is read as markup. */
function documentOf(message: Message, alert: Alert): object {
  const paragraph = (...content: object[]) => ({ type: 'paragraph', content })
  const text = plainText(contentOf(message)).split('\n').filter(Boolean)
  const link =
    alert.url === null
      ? []
      : [paragraph({ type: 'text', text: 'Open in costwright', marks: [{ type: 'link', attrs: { href: alert.url } }] })]
  const lines = [...text, `key ${message.message_id}`].map((line) => paragraph({ type: 'text', text: line }))
  return { type: 'doc', version: 1, content: [...lines, ...link] }
}
