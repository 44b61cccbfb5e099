import { formatDecimal, formatMoney, formatPercent, formatShare, formatUnitCost } from '../web/format.ts'
import type { Status, Unit, Value } from './document.ts'

const twoDigits = new Intl.NumberFormat('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 })

type Write = (value: string, currency: string) => string

const inTable: Readonly<Record<Unit, Write>> = {
  money: (value, currency) => formatMoney(value, currency, 'whole').slice(currency.length + 1),
  unit_cost: (value, currency) => formatUnitCost(Number(value), currency),
  ratio: (value) => writePercent(100 * Number(value), false),
  percent: (value) => writePercent(Number(value), false),
  points: (value) => writePercent(Number(value), true),
  index: (value) => Number(value).toFixed(1),
  count: (value) => formatDecimal(value),
  decimal: (value) => twoDigits.format(value as Intl.StringNumericLiteral).replace('-', '−'),
  days: (value) => `${formatDecimal(value)}\u00a0d`,
  text: (value) => value,
  id: (value) => value,
  status: (value) => statusText(value),
}

/** Percents of four digits and more have separators and no decimals. */
function writePercent(percent: number, signed: boolean): string {
  if (Math.abs(percent) < 1000) return formatPercent(percent, { signed })
  return `${signed && percent > 0 ? '+' : ''}${formatDecimal(percent.toFixed(0))}\u00a0%`
}

/** How a status reads. */
export const statusWords: Readonly<Record<Status, string>> = {
  met: 'on target',
  near: 'near target',
  missed: 'off target',
  on_track: 'on track',
  warning: 'watch',
  breach: 'over budget',
  underspend: 'under budget',
  no_budget: 'no budget',
  no_target: 'no target',
  not_computable: 'not known',
}

/** A status in words; one that is not in the list as it is written. */
export function statusText(status: string): string {
  return statusWords[status as Status] ?? status.replaceAll('_', ' ')
}

/** Colours that a status stands in; the word always stands beside. */
export function toneOf(status: string): 'good' | 'warn' | 'bad' | 'none' {
  if (status === 'met' || status === 'on_track') return 'good'
  if (status === 'near' || status === 'warning' || status === 'underspend') return 'warn'
  return status === 'missed' || status === 'breach' ? 'bad' : 'none'
}

/** A value in a table: amounts without the currency, which the table's title names; null is a dash. */
export function writeCell(value: Value, unit: Unit, currency: string): string {
  return value === null ? '–' : inTable[unit](value, currency)
}

/** A value that stands alone: amounts with their currency. */
export function writeFigure(value: Value, unit: Unit, currency: string): string {
  return unit === 'money' ? formatMoney(value, currency, 'whole') : writeCell(value, unit, currency)
}

/** A short text for an axis: `1.2M`, `35 %`. */
export function writeTick(value: number, unit: Unit, currency: string): string {
  if (unit === 'money') return formatMoney(String(value), currency, 'compact').slice(currency.length + 1)
  if (unit === 'ratio') return formatShare(value, { digits: 0 })
  if (unit === 'percent' || unit === 'points') return formatPercent(value, { digits: 0 })
  return formatDecimal(String(value), 2)
}

export const isNumber = (unit: Unit) => unit !== 'text' && unit !== 'id' && unit !== 'status'

/** `text` cut to at most `length` characters, in the middle for ids, whose end tells them apart. */
export function shorten(text: string, length: number, unit: Unit = 'text'): string {
  const letters = [...text]
  if (letters.length <= length) return text
  if (unit !== 'id') return `${letters.slice(0, length - 1).join('')}…`
  const tail = Math.floor((length - 1) / 2)
  return `${letters.slice(0, length - 1 - tail).join('')}…${letters.slice(-tail).join('')}`
}
