import type { Cause } from '../state/incidents.ts'
import { seriesName } from '../state/series-name.ts'
import { formatMoney, formatPercent } from '../web/format.ts'
import type { Alert } from './alert.ts'
import { measureText } from './measure.ts'
import type { Message } from './notifier.ts'
import { ruleWords } from './rule-words.ts'
import { sparkline } from './sparkline.ts'

export interface Fact {
  readonly label: string
  readonly value: string
}

/** A message in words, before a channel gives it its form. Texts are plain: each channel escapes them. */
export interface Content {
  readonly title: string
  readonly facts: readonly Fact[]
  /** The last days as a row of block characters; null without history. */
  readonly trend: string | null
}

/** Most alerts that a digest or roll-up lists; the rest is counted. */
const longestList = 20

export function contentOf({ kind, alerts }: Message): Content {
  const [first] = alerts
  if (kind === 'single' && first) return single(first)
  const critical = alerts.filter(({ severity }) => severity === 'critical').length
  const count = `${alerts.length} cost alert${alerts.length === 1 ? '' : 's'}`
  const listed = alerts.slice(0, longestList)
  const rest = alerts.length - listed.length
  return {
    title: `${kind === 'digest' ? 'Digest' : 'Roll-up'}: ${count}${critical > 0 ? `, ${critical} critical` : ''}`,
    facts: [
      ...listed.map((alert) => ({ label: titleOf(alert), value: alert.url ?? `incident ${alert.incident_id}` })),
      ...(rest > 0 ? [{ label: `and ${rest} more`, value: '`costwright alerts list` shows them all' }] : []),
    ],
    trend: null,
  }
}

function single(alert: Alert): Content {
  const money = (amount: string) => moneyOf(alert, amount)
  const { expected_low, expected_high } = alert
  const range =
    expected_low !== null && expected_high !== null ? ` (${money(expected_low)} to ${money(expected_high)})` : ''
  const causes = alert.causes.slice(0, 3).map((cause, index) => ({
    label: index === 0 ? 'Cause' : 'and',
    value: causeText(alert, cause),
  }))
  return {
    title: titleOf(alert),
    facts: [
      ...(alert.measure ? [{ label: 'Measure', value: measureText(alert.measure, alert.currency) }] : []),
      { label: 'Cost', value: `${money(alert.actual)}, expected ${money(alert.expected)}${range}` },
      { label: alert.direction === 'up' ? 'Excess' : 'Shortfall', value: `${signedMoney(alert)}${percentText(alert)}` },
      {
        label: 'Since',
        value: alert.onset === alert.last_day ? alert.onset : `${alert.onset}, through ${alert.last_day}`,
      },
      ...causes,
      { label: 'Owner', value: alert.owner },
      { label: 'Why', value: ruleWords(alert.rule) },
      ...(alert.reason === null ? [] : [{ label: 'Note', value: alert.reason }]),
    ],
    trend: sparkline(alert.history),
  }
}

const openings: Readonly<Record<Alert['change'], (alert: Alert) => string>> = {
  opened: () => '',
  escalated: () => 'Escalated: ',
  reopened: () => 'Back again: ',
  unacknowledged: () => 'Nobody has acknowledged: ',
  acknowledged: ({ actor }) => `Acknowledged${by(actor)}: `,
  expected: ({ actor }) => `Expected${by(actor)}: `,
  muted: ({ actor }) => `Muted${by(actor)}: `,
  resolved: ({ actor }) => `Resolved${by(actor)}: `,
  absorbed: () => 'Taken as the new level: ',
  retracted: () => 'Withdrawn: ',
}

const by = (actor: string | null) => (actor === null ? '' : ` by ${actor}`)

/** `'Escalated: Amazon EC2 in 111122223333 USD 208.55 above expected since 2025-06-11'`, spaces of amounts not breaking. */
export function titleOf(alert: Alert): string {
  const what = seriesName(alert.series)
  if (alert.measure) return `${openings[alert.change](alert)}${what} ${measureText(alert.measure, alert.currency)}`
  const side = alert.direction === 'up' ? 'above' : 'below'
  const amount = moneyOf(alert, alert.excess.replace(/^-/, ''))
  return `${openings[alert.change](alert)}${what} ${amount} ${side} expected since ${alert.onset}`
}

function causeText(alert: Alert, cause: Cause): string {
  const place = [cause.account, cause.service, cause.region, cause.usage_type, cause.resource]
  const path = place.filter((part) => part !== null && part !== '').join(' › ')
  const amount = cause.excess === null ? '' : `, ${moneyOf(alert, cause.excess)}`
  return `${path}${amount}${cause.is_new ? ' (new)' : ''}`
}

function signedMoney(alert: Alert): string {
  const amount = moneyOf(alert, alert.excess)
  return alert.excess.startsWith('-') ? amount : `+${amount}`
}

function percentText({ excess, expected }: Alert): string {
  const percent = (100 * Number(excess)) / Math.abs(Number(expected))
  return Number.isFinite(percent) ? ` (${formatPercent(percent, { signed: true, digits: 0 })})` : ''
}

function moneyOf({ currency }: Alert, amount: string): string {
  return formatMoney(amount, currency ?? '').trim()
}

/** The content as lines of text: title first, then facts. */
export function plainText({ title, facts, trend }: Content): string {
  const lines = facts.map(({ label, value }) => `${label}: ${value}`)
  return [title, '', ...lines, ...(trend === null ? [] : [`Trend: ${trend}`])].join('\n')
}

/** `text` cut to at most `length` UTF-16 units, with an ellipsis where something is missing. */
export function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1).replace(/[\uD800-\uDBFF]$/, '')}…`
}
