import type { ChannelOf } from '../config-notify.ts'
import { checkAddress } from './address-guard.ts'
import type { Alert } from './alert.ts'
import { attachChart } from './attach-chart.ts'
import { type ChannelContext, secretOf } from './channel-context.ts'
import { contentOf, cut, plainText, titleOf } from './content.ts'
import { ownHost } from './jira.ts'
import type { Message, Notifier, Receipt } from './notifier.ts'

type Send = (method: 'GET' | 'POST' | 'PATCH', path: string, signal: AbortSignal, body?: object) => Promise<unknown>

/** Values of `incident.state` in a ServiceNow instance as it is delivered. */
const states = { inProgress: '2', resolved: '6' } as const
const urgencies = { info: '3', warning: '2', critical: '1' } as const

/** ServiceNow's Table API: one record an incident, with the incident as `correlation_id`, then work notes and states. */
export function createServicenow(config: ChannelOf<'servicenow'>, context: ChannelContext): Notifier {
  const { name, table, assignment_group, close_code } = config
  const base = checkAddress(config.url, ['.service-now.com', ...ownHost(config.url), ...config.hosts], name)
  const user = secretOf(context, config.user_env, name)
  const password = secretOf(context, config.password_env, name)
  const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
  const send: Send = async (method, path, signal, body) => {
    const url = new URL(`/api/now/table/${path}`, base)
    const answer = await context.http.callJson(url, { method, headers: { authorization }, body, signal })
    return (answer as { result?: unknown } | null)?.result
  }
  return {
    name,
    repeats: 'once',
    takes: 'states',
    async deliver(message, signal) {
      const [alert] = message.alerts
      if (!alert) throw new RangeError(`message ${message.message_id} is empty`)
      const known = await find(send, table, alert, signal)
      if (known === null) {
        const group = assignment_group === undefined ? {} : { assignment_group }
        const made = (await send('POST', table, signal, { ...recordOf(message, alert), ...group })) as Found
        const attach = async (png: Buffer): Promise<Receipt> => {
          const names = { table_name: table, table_sys_id: made.sys_id, file_name: 'cost.png' }
          const url = new URL(`/api/now/attachment/file?${new URLSearchParams(names)}`, base)
          const headers = { authorization, accept: 'application/json', 'content-type': 'image/png' }
          await context.http.call(url, { method: 'POST', headers, body: png, signal })
          return { chart: 'attached' }
        }
        return { sys_id: made.sys_id, number: made.number, ...(await attachChart(message, attach)) }
      }
      const isDone = message.repeated && (await isNoted(send, known, message, signal))
      if (!isDone) await send('PATCH', `${table}/${known.sys_id}`, signal, changesOf(message, alert, close_code))
      return { sys_id: known.sys_id, number: known.number }
    },
  }
}

interface Found {
  readonly sys_id: string
  readonly number: string
}

const correlationOf = ({ incident_id }: Alert) => `costwright-${incident_id}`

async function find(send: Send, table: string, alert: Alert, signal: AbortSignal): Promise<Found | null> {
  const query = new URLSearchParams({
    sysparm_query: `correlation_id=${correlationOf(alert)}^ORDERBYDESCsys_created_on`,
    sysparm_fields: 'sys_id,number',
    sysparm_limit: '1',
  })
  const found = (await send('GET', `${table}?${query}`, signal)) as Found[] | undefined
  return found?.[0] ?? null
}

/** Whether a message is among the work notes already, or is the one that made the record. */
async function isNoted(send: Send, { sys_id }: Found, message: Message, signal: AbortSignal): Promise<boolean> {
  if (message.first_receipt === null && message.alerts[0]?.change === 'opened') return true
  const query = new URLSearchParams({
    sysparm_query: `element_id=${sys_id}^element=work_notes^valueLIKE${message.message_id}`,
    sysparm_fields: 'sys_id',
    sysparm_limit: '1',
  })
  const notes = (await send('GET', `sys_journal_field?${query}`, signal)) as unknown[] | undefined
  return (notes?.length ?? 0) > 0
}

function recordOf(message: Message, alert: Alert): object {
  return {
    short_description: cut(titleOf(alert), 160),
    description: noteOf(message, alert),
    correlation_id: correlationOf(alert),
    correlation_display: 'costwright',
    urgency: urgencies[alert.severity],
    impact: urgencies[alert.severity],
  }
}

function changesOf(message: Message, alert: Alert, close_code: string): object {
  const work_notes = noteOf(message, alert)
  const isOver = ['expected', 'muted', 'resolved', 'absorbed', 'retracted'].includes(alert.change)
  if (isOver) return { work_notes, state: states.resolved, close_code, close_notes: cut(titleOf(alert), 1000) }
  const isTaken = alert.change === 'acknowledged' || alert.change === 'reopened'
  return { work_notes, urgency: urgencies[alert.severity], ...(isTaken ? { state: states.inProgress } : {}) }
}

function noteOf(message: Message, alert: Alert): string {
  return [plainText(contentOf(message)), alert.url, `key ${message.message_id}`].filter(Boolean).join('\n')
}
