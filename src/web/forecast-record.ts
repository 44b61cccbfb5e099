import { html } from 'hono/html'
import type { LevelRecord, StoredForecast } from '../forecast/issued.ts'
import { formatPercent } from './format.ts'
import { type Html, table } from './layout.ts'

/** How right the same forecaster was at earlier origins on this history, beside the best simple method there. */
export function recordSection({ record }: StoredForecast): Html {
  return html`<section aria-labelledby="record"><h2 id="record">How right forecasts have been</h2>
<p class="soft small">The same forecaster, unchanged, at the last origins of this history with what was known then; error is the sum of misses over the sum of costs (WAPE). Target: within ±10 to 20 %. <code>costwright forecast --accuracy</code> scores what was issued.</p>${table(
    'Record',
    'by level and horizon',
    [
      { head: 'Level', cell: (one: LevelRecord) => one.level },
      { head: 'Horizon', cell: (one) => one.horizon },
      {
        head: 'Error',
        numeric: true,
        cell: (one) => (one.wape === null ? 'not computable' : formatPercent(one.wape)),
      },
      { head: 'Bias', numeric: true, cell: (one) => formatPercent(one.bias, { signed: true }) },
      { head: 'Inside 80 %', numeric: true, cell: (one) => formatPercent(one.inside80, { digits: 0 }) },
      { head: 'Inside 95 %', numeric: true, extra: true, cell: (one) => formatPercent(one.inside95, { digits: 0 }) },
      { head: 'Points', numeric: true, cell: (one) => String(one.points) },
      {
        head: 'Best simple method',
        extra: true,
        cell: (one) => (one.best_simple ? `${one.best_simple.method}, ${formatPercent(one.best_simple.wape)}` : '–'),
      },
    ],
    record,
  )}</section>`
}
