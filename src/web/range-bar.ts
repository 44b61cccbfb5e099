import { html } from 'hono/html'
import type { Estimate } from '../forecast/forecast.ts'
import type { Html } from './layout.ts'

const width = 150
const height = 22

/**
 * An estimate as a bar: 95 % pale, 80 % stronger, the point as a line, and the budget as a tall one in another colour. Each row has its own
 * scale, so bars tell width and side, not size.
 *
 * @param text alternative that says the values
 */
export function rangeBar({ point, lo80, hi80, lo95, hi95 }: Estimate, budget: number | null, text: string): Html {
  const all = [lo95, hi95, ...(budget === null ? [] : [budget])]
  const [low, high] = [Math.min(...all), Math.max(...all)]
  const room = 0.06 * (high - low) || Math.abs(point) || 1
  const x = (value: number) => Math.round(10 * (((value - low + room) / (high - low + 2 * room)) * width)) / 10
  const bar = (from: number, to: number, opacity: string) =>
    html`<rect class="s0" fill-opacity="${opacity}" x="${x(from)}" width="${Math.max(1, x(to) - x(from))}" y="7" height="8" rx="2"></rect>`
  return html`<svg viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${text}">${bar(lo95, hi95, '.22')}${bar(lo80, hi80, '.45')}<rect class="s0" x="${x(point) - 1}" width="2.5" y="4" height="14"></rect>${budget === null ? '' : html`<rect class="s1" x="${x(budget) - 1}" width="2.5" y="1" height="20"></rect>`}</svg>`
}
