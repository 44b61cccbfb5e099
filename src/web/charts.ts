import { html } from 'hono/html'
import type { Html } from './layout.ts'

/** One part of a column; `size` is a length to draw, never an amount to print. */
export interface Segment {
  readonly series: number
  readonly size: number
}

export interface ColumnBar {
  readonly label: string
  /** Printed above the column. */
  readonly value: string
  readonly segments: readonly Segment[]
  /** A month still in flight is drawn paler. */
  readonly open: boolean
}

export interface ColumnsOptions {
  readonly title: string
  readonly width: number
  readonly height: number
  /** Text of an axis value. */
  readonly tick: (value: number) => string
  /** Every how many columns get label and value. */
  readonly every: number
}

/** Stacked columns with axis; parts below zero stack downwards. Its text alternative is `title`; put the figures in a table beside it. */
export function stackedColumns(bars: readonly ColumnBar[], options: ColumnsOptions): Html {
  const { width, height, every } = options
  const up = bars.map((bar) => sum(bar.segments.filter(({ size }) => size > 0)))
  const down = bars.map((bar) => sum(bar.segments.filter(({ size }) => size < 0)))
  const ticks = niceTicks(Math.min(0, ...down), Math.max(0, ...up))
  const low = ticks[0] ?? 0
  const high = ticks.at(-1) ?? 1
  const labels = ticks.map(options.tick)
  const left = Math.max(...labels.map((label) => label.length)) * 7 + 12
  const top = 22
  const bottom = height - 26
  const y = (value: number) => round(bottom - ((value - low) / (high - low || 1)) * (bottom - top))
  const step = (width - left - 14) / Math.max(bars.length, 1)
  const thick = round(Math.min(step * 0.68, 64))
  const isLabelled = (index: number) => (bars.length - 1 - index) % every === 0
  return html`<svg class="chart" viewBox="0 0 ${width} ${height}" role="img" aria-label="${options.title}">
${ticks.map((tick, index) => html`<line class="${tick === 0 ? 'zero' : 'grid'}" x1="${left}" x2="${width}" y1="${y(tick)}" y2="${y(tick)}"></line><text class="label" x="${left - 8}" y="${y(tick) + 4}" text-anchor="end">${labels[index] ?? ''}</text>`)}
${bars.map((bar, index) => {
  const middle = round(left + step * (index + 0.5))
  const rects = stack(bar.segments).map(
    ({ series, from, to }) =>
      html`<rect class="s${series % 6}" x="${round(middle - thick / 2)}" width="${thick}" y="${y(to)}" height="${round(Math.max(y(from) - y(to), 0))}"></rect>`,
  )
  return html`<g class="${bar.open ? 'open' : ''}">${rects}</g>${isLabelled(index) ? html`<text class="value" x="${middle}" y="${y(up[index] ?? 0) - 6}" text-anchor="middle">${bar.value}</text><text class="label" x="${middle}" y="${height - 8}" text-anchor="middle">${bar.label}</text>` : ''}`
})}
</svg>`
}

function stack(segments: readonly Segment[]) {
  let up = 0
  let down = 0
  return segments.map(({ series, size }) => {
    const from = size >= 0 ? up : down + size
    const to = size >= 0 ? up + size : down
    if (size >= 0) up = to
    else down = from
    return { series, from, to }
  })
}

/**
 * A line through values in order of time, gaps where a value is missing, a dot at the last one, a dashed line at the target.
 *
 * @param values null where the figure is not computable
 * @param text alternative that says the values
 */
export function sparkline(values: readonly (number | null)[], text: string, target?: number | null): Html | string {
  const known = values.filter((value) => value !== null)
  if (known.length < 2) return ''
  const width = 180
  const height = 40
  const all = target === undefined || target === null ? known : [...known, target]
  const low = Math.min(...all)
  const span = Math.max(...all) - low || 1
  const x = (index: number) => round(4 + (index / Math.max(values.length - 1, 1)) * (width - 8))
  const y = (value: number) => round(height - 5 - ((value - low) / span) * (height - 10))
  let pen = 'M'
  const path = values.map((value, index) => {
    const piece = value === null ? '' : `${pen}${x(index)} ${y(value)}`
    pen = value === null ? 'M' : 'L'
    return piece
  })
  const last = values.findLastIndex((value) => value !== null)
  return html`<svg class="sparkline" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${text}">${target === undefined || target === null ? '' : html`<line class="aim" x1="0" x2="${width}" y1="${y(target)}" y2="${y(target)}"></line>`}<path class="spark" d="${path.join('')}"></path><circle class="dot" cx="${x(last)}" cy="${y(values[last] ?? low)}" r="3.5"></circle></svg>`
}

/** Round axis values that enclose `low` and `high`, about five of them, zero among them. */
export function niceTicks(low: number, high: number): number[] {
  const span = high - low
  if (!(span > 0)) return [0, 1]
  const rough = span / 4
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = power * ([1, 2, 2.5, 5, 10].find((factor) => factor * power >= rough) ?? 10)
  const first = Math.floor(low / step)
  const last = Math.ceil(high / step)
  return Array.from({ length: last - first + 1 }, (_, index) => Number(((first + index) * step).toPrecision(12)))
}

function sum(segments: readonly Segment[]): number {
  return segments.reduce((total, { size }) => total + size, 0)
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
