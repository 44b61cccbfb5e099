import { html } from 'hono/html'
import type { Target } from '../api/context.ts'
import { formatMonth } from './format.ts'
import { badge, type Html } from './layout.ts'
import type { Overview } from './overview-data.ts'

/** One of the four questions with its figure against the target. */
export interface Answer {
  readonly id: string
  readonly question: string
  readonly figure: string
  readonly unit: string
  readonly target: string
  readonly status: string
  /** Why there is no figure, or what is missing from it. */
  readonly reason: string | null
  readonly trend: Html | string
  readonly detail: Html
}

/** Rows of a table of the worst. */
export const worst = 6

/** The status below its figure, where a phone has no room for a column. */
export function onPhone(status: string): Html {
  return html`<span class="only">${badge(status)}</span>`
}

/** Names of several words are written with underscores in the data. */
export function words(name: string): string {
  return name.replaceAll('_', ' ')
}

export function keyName(key: string): string {
  return { '(all required)': 'All required keys', '(any required)': 'Any required key' }[key] ?? key
}

/** A long id by its end, which tells it from others; the whole of it on hover. */
export function idCell(id: string): Html {
  const short = id.length > 36 && !id.includes(' ') ? `…${id.slice(-24)}` : id
  return html`<span class="${short === id ? '' : 'id'}" title="${id}">${short}</span>`
}

export function targetOf(overview: Overview, kpi: string): Target | undefined {
  return overview.lake.targets.find((target) => target.kpi === kpi)
}

export function targetText(target: Target | undefined, unit: 'share' | 'percent'): string {
  if (!target) return 'none'
  const limit = (value: number) => `${Number((unit === 'share' ? value * 100 : value).toPrecision(6))}\u00a0%`
  const sign = target.comparison === 'abs<=' ? 'within ±' : `${target.comparison} `
  return `${sign}${limit(target.met)}${target.near === null ? '' : ` (near: ${target.comparison === 'abs<=' ? '±' : `${target.comparison} `}${limit(target.near)})`}`
}

export function seriesText(name: string, points: readonly (readonly [string, string])[]): string {
  return `${name}: ${points.map(([month, value]) => `${formatMonth(month)} ${value}`).join(', ')}`
}
