import { html, raw } from 'hono/html'
import { style } from './style.ts'

/** A piece of a page, escaped. */
export type Html = ReturnType<typeof html>

export interface PageParts {
  readonly title: string
  /** Below the heading: what the page covers. */
  readonly lead?: Html | string
  /** Controls in the head of the page. */
  readonly controls?: Html | string
  readonly main: Html | readonly Html[]
  readonly foot?: Html | string
}

/** A whole page with landmarks and the style sheet; it loads nothing from anywhere. */
export async function page(parts: PageParts): Promise<string> {
  const document = await html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${parts.title}</title>
<link rel="icon" href="data:,">
<style>${raw(style)}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the figures</a>
<header class="top"><div class="wrap">
<div class="bar"><h1>${parts.title}</h1>
<nav class="site" aria-label="Site"><a href="/">Overview</a><a href="/alerts">Alerts</a><a href="/forecasts">Forecasts</a><a href="/savings">Savings</a><a href="/queries">Questions</a><a href="/reference">API</a></nav></div>
${parts.lead ?? ''}
${parts.controls ?? ''}
</div></header>
<main id="main"><div class="wrap">${parts.main}</div></main>
<footer><div class="wrap">${parts.foot ?? ''}</div></footer>
</body>
</html>`
  return String(document)
}

const looks: Readonly<Record<string, readonly [string, string, string]>> = {
  met: ['good', '✓', 'Met'],
  near: ['warn', '≈', 'Near target'],
  missed: ['bad', '✕', 'Missed'],
  no_target: ['none', '○', 'No target'],
  not_computable: ['none', '–', 'Not computable'],
  on_track: ['good', '✓', 'On track'],
  warning: ['warn', '▲', 'Warning'],
  breach: ['bad', '✕', 'Over budget'],
  underspend: ['warn', '▼', 'Underspent'],
  no_budget: ['none', '○', 'No budget'],
  ties: ['good', '✓', 'Ties'],
  differs: ['bad', '✕', 'Differs'],
  rows_differ: ['bad', '✕', 'Rows differ'],
  not_stated: ['none', '○', 'No total stated'],
  complete: ['good', '✓', 'Complete'],
  behind: ['warn', '▲', 'Behind'],
  open: ['bad', '▲', 'Open'],
  acknowledged: ['warn', '◆', 'Acknowledged'],
  resolved: ['good', '✓', 'Resolved'],
  accepted: ['warn', '◆', 'Accepted'],
  in_progress: ['warn', '▶', 'In progress'],
  done: ['warn', '✓', 'Done'],
  verified: ['good', '✓', 'Verified'],
  regressed: ['bad', '▲', 'Regressed'],
  incomplete: ['warn', '▲', 'Incomplete'],
  delivered: ['good', '✓', 'Delivered'],
  pending: ['warn', '▲', 'Tried again later'],
  failed: ['bad', '✕', 'Failed'],
}

/** A status as word, sign and colour: never colour alone. */
export function badge(status: string): Html {
  const [look, sign, word] = looks[status] ?? ['none', '○', status.replaceAll('_', ' ')]
  return html`<span class="badge ${look}"><span aria-hidden="true">${sign}</span> ${word}</span>`
}

export interface Column<Row> {
  readonly head: string
  readonly cell: (row: Row) => Html | string
  readonly numeric?: boolean
  /** Left out on a phone. */
  readonly extra?: boolean
}

/** A table whose first column heads its rows. `note` follows the caption. */
export function table<Row>(caption: string, note: string, columns: readonly Column<Row>[], rows: readonly Row[]): Html {
  const kind = (column: Column<Row>) => [column.numeric ? 'num' : '', column.extra ? 'extra' : ''].join(' ').trim()
  return html`<div class="scroll" role="region" aria-label="${caption}" tabindex="0"><table><caption>${caption} <span>${note}</span></caption>
<thead><tr>${columns.map((column) => html`<th scope="col" class="${kind(column)}">${column.head}</th>`)}</tr></thead>
<tbody>${rows.map(
    (row) =>
      html`<tr>${columns.map((column, index) =>
        index === 0
          ? html`<th scope="row" class="${kind(column)}">${column.cell(row)}</th>`
          : html`<td class="${kind(column)}">${column.cell(row)}</td>`,
      )}</tr>`,
  )}</tbody></table></div>`
}
