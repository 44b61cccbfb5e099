import { html } from 'hono/html'
import type { Page, Snapshot } from '../api/context.ts'
import type { Catalog, CatalogEntry } from '../catalog/catalog.ts'
import type { QueryParam } from '../catalog/header.ts'
import { formatInstant } from './format.ts'
import { type Html, page } from './layout.ts'

const kinds: readonly { readonly kind: CatalogEntry['kind']; readonly title: string }[] = [
  { kind: 'reports', title: 'Reports' },
  { kind: 'checks', title: 'Checks: a row is a defect' },
  { kind: 'detectors', title: 'Detection: what anomalies and their causes are found in' },
  { kind: 'marts', title: 'Tables that the reports read' },
]

/** Every query with its question. */
export async function queryListPage(catalog: Catalog): Promise<string> {
  const entries = [...catalog.values()]
  return page({
    title: 'Questions',
    lead: html`<p class="soft">Each is one SQL file; its answer is a page here, JSON, CSV, Arrow or Parquet at the API, and a table at the command line.</p>`,
    main: kinds.map(
      ({ kind, title }) =>
        html`<section aria-labelledby="${kind}"><h2 id="${kind}">${title}</h2><ul class="list">${entries
          .filter((entry) => entry.kind === kind)
          .map(
            (entry) => html`<li><a href="/queries/${entry.name}"><code>${entry.name}</code></a> ${entry.title}</li>`,
          )}</ul></section>`,
    ),
  })
}

export interface QueryAnswer {
  readonly page: Page
  readonly completeThrough: string | null
}

/** Asks the query when its required parameters are there; the page shows `problem` otherwise. */
export interface QueryPageParts {
  readonly entry: CatalogEntry
  readonly given: Readonly<Record<string, string>>
  readonly answer: QueryAnswer | undefined
  readonly problem: string | undefined
}

export const rowsShown = 200

export async function queryPage({ entry, given, answer, problem }: QueryPageParts): Promise<string> {
  return page({
    title: entry.title,
    lead: html`<p class="soft"><code>${entry.name}</code> · ${entry.grain} · source: ${entry.source}</p>`,
    main: [
      html`<section aria-labelledby="ask"><h2 id="ask">Ask</h2>${entry.notes ? html`<p>${entry.notes}</p>` : ''}${form(entry, given)}</section>`,
      problem
        ? html`<section aria-labelledby="missing"><h2 id="missing">Not asked yet</h2><p class="note">${problem}</p></section>`
        : html``,
      answer ? answerTable(entry, given, answer) : html``,
      columnList(entry),
    ],
  })
}

function form(entry: CatalogEntry, given: Readonly<Record<string, string>>): Html {
  if (entry.params.length === 0) return html`<p class="soft">It has no parameters.</p>`
  return html`<form method="get"><div class="form">${entry.params.map((param) => html`<div><label for="p-${param.name}">${param.name}${param.fallback === undefined ? ' (required)' : ''}</label>${control(param, given[param.name] ?? param.fallback ?? '')}<span class="hint">${param.choices ? '' : param.description}</span></div>`)}</div><button>Ask</button></form>`
}

function control(param: QueryParam, value: string): Html {
  const id = `p-${param.name}`
  if (param.choices) {
    return html`<select id="${id}" name="${param.name}">${param.choices.map((choice) => html`<option ${choice === value ? 'selected' : ''}>${choice}</option>`)}</select>`
  }
  return html`<input id="${id}" name="${param.name}" type="${param.type === 'date' ? 'date' : 'text'}" value="${value}" ${param.fallback === undefined ? 'required' : ''}>`
}

function answerTable(entry: CatalogEntry, given: Readonly<Record<string, string>>, answer: QueryAnswer): Html {
  const { columns, rows, more } = answer.page
  const search = new URLSearchParams(Object.entries(given).filter(([, value]) => value !== ''))
  const link = (format: string) =>
    `/api/v1/queries/${entry.name}?${new URLSearchParams([...search, ['format', format]])}`
  const numeric = (type: string) => /^(DECIMAL|DOUBLE|FLOAT|U?(BIG|HUGE|SMALL|TINY)?INT)/.test(type)
  const shown = (value: unknown, type: string) => {
    if (value === null || value === undefined) return ''
    if (typeof value === 'object') return JSON.stringify(value)
    return type.startsWith('DECIMAL') ? trimZeros(String(value)) : String(value)
  }
  return html`<section aria-labelledby="answer"><h2 id="answer">Answer</h2>
<p class="links small">Every row as ${['csv', 'parquet', 'arrow'].map((format) => html`<a href="${link(format)}">${format.toUpperCase()}</a> `)}or by pages as <a href="${link('json')}">JSON</a></p>
<div class="scroll raw" role="region" aria-label="Answer" tabindex="0"><table><caption>${more ? `First ${rows.length} rows` : `${rows.length} rows`} <span>complete through ${formatInstant(answer.completeThrough)}</span></caption>
<thead><tr>${columns.map(({ name, type }) => html`<th scope="col" class="${numeric(type) ? 'num' : ''}">${name}</th>`)}</tr></thead>
<tbody>${rows.map((row) => html`<tr>${columns.map(({ name, type }) => html`<td class="${numeric(type) ? 'num' : ''}">${shown(row[name], type)}</td>`)}</tr>`)}</tbody></table></div></section>`
}

/** `trimZeros('12.500')` is `'12.5'`: the same number in fewer digits. */
function trimZeros(decimal: string): string {
  return decimal.replace(/(\.\d*?)0+$/, '$1').replace(/\.$/, '')
}

function columnList(entry: CatalogEntry): Html {
  return html`<section aria-labelledby="columns"><h2 id="columns">Columns</h2><div class="scroll" role="region" aria-label="Columns" tabindex="0"><table><caption>What each column means</caption><thead><tr><th scope="col">Column</th><th scope="col">Type</th><th scope="col">Meaning</th></tr></thead>
<tbody>${entry.columns.map((column) => html`<tr><th scope="row"><code>${column.name}</code></th><td class="soft">${column.type}</td><td>${column.description}</td></tr>`)}</tbody></table></div></section>`
}

/** Rows of a query for its page. */
export async function askForPage(
  snapshot: Snapshot,
  entry: CatalogEntry,
  params: Parameters<Snapshot['query']>[1],
): Promise<QueryAnswer> {
  return {
    page: await snapshot.query(entry, params, { offset: 0, limit: rowsShown }),
    completeThrough: (await snapshot.lake()).complete_through,
  }
}
