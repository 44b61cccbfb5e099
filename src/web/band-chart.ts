import { html } from 'hono/html'
import { niceTicks } from './charts.ts'
import { formatDay } from './format.ts'
import type { Html } from './layout.ts'

/** A day to draw; lengths, never amounts to print. null where nothing is known. */
export interface ChartDay {
  readonly date: string
  readonly actual: number | null
  readonly low: number | null
  readonly high: number | null
}

export interface BandChartOptions {
  /** Text alternative that says what the chart shows. */
  readonly title: string
  readonly width: number
  readonly height: number
  readonly tick: (value: number) => string
  /** First deviating day: a dashed line, named on the axis. */
  readonly onset: string
}

/** Daily values as a line over the range that was expected; days outside of it have a dot, the onset a dashed line. */
export function bandChart(days: readonly ChartDay[], options: BandChartOptions): Html | string {
  const known = days.flatMap(({ actual, low, high }) => [actual, low, high].filter((value) => value !== null))
  if (days.filter(({ actual }) => actual !== null).length < 2) return ''
  const { width, height } = options
  const ticks = niceTicks(Math.min(0, ...known), Math.max(0, ...known))
  const [floor, ceiling] = [ticks[0] ?? 0, ticks.at(-1) ?? 1]
  const labels = ticks.map(options.tick)
  const left = Math.max(...labels.map((label) => label.length)) * 7 + 12
  const [top, bottom] = [18, height - 26]
  const x = (day: number) => round(left + 6 + (day / Math.max(days.length - 1, 1)) * (width - left - 18))
  const y = (value: number) => round(bottom - ((value - floor) / (ceiling - floor || 1)) * (bottom - top))
  const onset = days.findIndex(({ date }) => date === options.onset)
  return html`<svg class="chart" viewBox="0 0 ${width} ${height}" role="img" aria-label="${options.title}">
${ticks.map((tick, index) => html`<line class="${tick === 0 ? 'zero' : 'grid'}" x1="${left}" x2="${width}" y1="${y(tick)}" y2="${y(tick)}"></line><text class="label" x="${left - 8}" y="${y(tick) + 4}" text-anchor="end">${labels[index] ?? ''}</text>`)}
${bands(days).map((run) => html`<path class="s0" fill-opacity=".18" d="${outline(run, x, y)}"></path>`)}
${onset < 0 ? '' : html`<line class="aim" x1="${x(onset)}" x2="${x(onset)}" y1="${top - 6}" y2="${bottom}"></line><text class="value" x="${x(onset)}" y="${top - 8}" text-anchor="${anchor(onset, days.length)}">since ${formatDay(options.onset)}</text>`}
<path class="spark" d="${line(days, x, y)}"></path>
${days.map((day, index) => (day.actual !== null && isOutside(day) ? html`<circle class="s4" cx="${x(index)}" cy="${y(day.actual)}" r="3.2"></circle>` : ''))}
${labelled(days, width).map((index) => html`<text class="label" x="${x(index)}" y="${height - 8}" text-anchor="${anchor(index, days.length)}">${formatDay(days[index]?.date ?? '')}</text>`)}
</svg>`
}

const isOutside = ({ actual, low, high }: ChartDay) =>
  actual !== null && ((high !== null && actual > high) || (low !== null && actual < low))

type Scale = (value: number) => number
type BandDay = { readonly index: number; readonly low: number; readonly high: number }

/** Runs of days whose range is known. */
function bands(days: readonly ChartDay[]): BandDay[][] {
  const runs: BandDay[][] = []
  for (const [index, { low, high }] of days.entries()) {
    if (low === null || high === null) continue
    const run = runs.at(-1)
    if (run && run.at(-1)?.index === index - 1) run.push({ index, low, high })
    else runs.push([{ index, low, high }])
  }
  return runs
}

function outline(run: readonly BandDay[], x: Scale, y: Scale): string {
  const upper = run.map(({ index, high }) => `${x(index)} ${y(high)}`)
  const lower = run.toReversed().map(({ index, low }) => `${x(index)} ${y(low)}`)
  return `M${[...upper, ...lower].join('L')}Z`
}

function line(days: readonly ChartDay[], x: Scale, y: Scale): string {
  let pen = 'M'
  return days
    .map(({ actual }, index) => {
      const piece = actual === null ? '' : `${pen}${x(index)} ${y(actual)}`
      pen = actual === null ? 'M' : 'L'
      return piece
    })
    .join('')
}

/** Days with a date below: the first, the last, and some between, as many as there is room for. */
function labelled(days: readonly ChartDay[], width: number): number[] {
  const count = Math.min(days.length, Math.max(2, Math.floor(width / 150)))
  return Array.from({ length: count }, (_, n) => Math.round((n * (days.length - 1)) / (count - 1)))
}

const anchor = (index: number, length: number) =>
  index < 0.08 * length ? 'start' : index > 0.92 * length ? 'end' : 'middle'

const round = (value: number) => Math.round(value * 10) / 10
