import { html } from 'hono/html'
import type { SavingVerb } from '../api/savings.ts'
import { savingVerbs } from '../api/savings.ts'
import type { SavingEvent } from '../api/savings-desk.ts'
import type { Opened } from '../recommend/book.ts'
import type { Saving } from '../state/ledger.ts'
import { movesFrom } from '../state/transitions.ts'
import { idCell, words } from './answer-parts.ts'
import { formatDecimal, formatInstant, formatMoney, formatShare } from './format.ts'
import { badge, type Html, page, table } from './layout.ts'
import { classWords, effortWords, moneyOf, type Row, riskWords, roleWords, textOf } from './savings-words.ts'

export interface RecommendationParts {
  /** Null when the saving is no longer recommended. */
  readonly opened: Opened | null
  /** Null for advice, which has no entry. */
  readonly ledger: { readonly saving: Saving; readonly history: readonly SavingEvent[] } | null
}

/** One recommendation: what, why, how its amount comes about, the charges behind it, and the decisions that its state allows. */
export async function recommendationPage({ opened, ledger }: RecommendationParts): Promise<string> {
  const finding = opened?.finding
  return page({
    title: finding ? textOf(finding, 'action').replace(/\.$/, '') : `Saving ${ledger?.saving.rule ?? ''}`,
    lead: html`<p class="soft">${finding ? textOf(finding, 'rule') : 'no longer recommended'} · ${ledger?.saving.finding_id ?? textOf(finding ?? {}, 'finding_id')} · <a href="/savings">all recommendations</a></p>`,
    main: [
      opened ? factSection(opened) : html``,
      decisionSection(opened?.finding ?? null, ledger?.saving ?? null),
      opened ? waterfallSection(opened) : html``,
      opened ? evidenceSection(opened) : html``,
      ledger ? historySection(ledger.history) : html``,
    ],
  })
}

function factSection({ finding }: Opened): Html {
  const facts: readonly (readonly [string, Html | string])[] = [
    [
      'Saving a month',
      finding['role'] === 'counted'
        ? moneyOf(finding, 'cash_saving_month')
        : html`<span class="soft">${roleWords[textOf(finding, 'role')] ?? ''}</span>`,
    ],
    ['Alone', moneyOf(finding, 'gross_saving_month')],
    ['Of a cost of', moneyOf(finding, 'monthly_cost')],
    ['Confidence', formatShare(finding['confidence'] === null ? null : Number(finding['confidence']), { digits: 0 })],
    ['Effort', effortWords[textOf(finding, 'effort')] ?? ''],
    ['Risk', riskWords[textOf(finding, 'risk')] ?? ''],
    ['Owner', textOf(finding, 'team') || 'nobody'],
    ['Environment', textOf(finding, 'environment') || 'unknown'],
    ['State', badge(textOf(finding, 'state'))],
  ]
  const place = ['provider', 'sub_account_id', 'region_id', 'service_name']
    .map((name) => textOf(finding, name))
    .filter(Boolean)
  return html`<section aria-labelledby="what"><h2 id="what" class="id">${textOf(finding, 'resource_name') || textOf(finding, 'resource_id') || 'Not one resource'}</h2>
<p><span class="soft small id">${place.join(' · ')}${finding['resource_name'] ? ` · ${textOf(finding, 'resource_id')}` : ''}</span></p>
<dl class="facts">${facts.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>
<h3>Why</h3><p>${textOf(finding, 'title')} This is one of them: ${classWords[textOf(finding, 'evidence_class')] ?? ''} (class ${textOf(finding, 'evidence_class')}).</p>
<h3>How it was computed</h3><p class="note">${textOf(finding, 'explanation')}</p>
<p class="small soft">Price: ${priceText(textOf(finding, 'price_source'))}${finding['is_price_old'] === true ? ', older than 180 days' : ''} · rule version ${textOf(finding, 'rule_version')}${finding['covered_fraction'] === null ? '' : ` · ${formatShare(Number(finding['covered_fraction']))} covered by commitments`}${finding['one_off_cost'] === null ? '' : ` · one-off cost ${moneyOf(finding, 'one_off_cost')}`}${finding['is_capped'] === true ? ' · capped at the cost' : ''}</p></section>`
}

/** Where the price of the amount is from. */
function priceText(source: string): string {
  return { rows: 'the charges themselves', '': 'not known' }[source] ?? source
}

function waterfallSection({ waterfall, finding }: Opened): Html {
  const currency = textOf(finding, 'currency')
  const money = (row: Row, name: string) => formatMoney(row[name] == null ? null : String(row[name]), currency)
  return html`<section aria-labelledby="waterfall"><h2 id="waterfall">What counts on this resource</h2>${table(
    `Of ${formatMoney(textOf(waterfall[0] ?? {}, 'resource_cost') || null, currency)} a month`,
    'one of eliminate, schedule and rightsize, then each next step on what remains',
    [
      { head: 'Step', cell: (row: Row) => words(textOf(row, 'step')), extra: true },
      {
        head: 'Recommendation',
        cell: (row) =>
          row['finding_id'] === finding['finding_id']
            ? html`<strong>${textOf(row, 'rule')}</strong>`
            : html`<a href="/savings/${textOf(row, 'finding_id')}">${textOf(row, 'rule')}</a>`,
      },
      { head: '', cell: (row) => roleWords[textOf(row, 'role')] ?? '', extra: true },
      { head: 'Alone', cell: (row) => money(row, 'gross_saving_month'), numeric: true, extra: true },
      { head: 'Counts', cell: (row) => money(row, 'cash_saving_month'), numeric: true },
      { head: 'Remains', cell: (row) => money(row, 'remaining_cost'), numeric: true },
    ],
    waterfall,
  )}</section>`
}

function evidenceSection({ finding, meters, charges }: Opened): Html {
  const currency = textOf(finding, 'currency')
  const cost = (row: Row, name: string) => formatMoney(row[name] == null ? null : String(row[name]), currency)
  return html`<section aria-labelledby="evidence"><h2 id="evidence">The charges behind it</h2>
<p class="soft small">From ${textOf(finding, 'evidence_start')} to ${textOf(finding, 'evidence_end')} (exclusive), observed cost ${moneyOf(finding, 'observed_cost')} · <a href="/api/v1/recommendations/${textOf(finding, 'finding_id')}">as JSON, by pages</a></p>
${table(
  'By meter',
  'effective cost, as stored',
  [
    {
      head: 'Meter',
      cell: (row: Row) =>
        html`<span class="id">${textOf(row, 'meter') || '–'}</span><br><span class="soft small">${textOf(row, 'description')}</span>`,
    },
    { head: 'Charges', cell: (row) => textOf(row, 'charges'), numeric: true, extra: true },
    { head: 'Days', cell: (row) => `${textOf(row, 'first_day')} – ${textOf(row, 'last_day')}`, extra: true },
    {
      head: 'Quantity',
      cell: (row) =>
        html`${formatDecimal(textOf(row, 'quantity') || null, 2)} <span class="soft small">${textOf(row, 'unit')}</span>`,
      numeric: true,
      extra: true,
    },
    { head: 'Cost', cell: (row) => cost(row, 'effective_cost'), numeric: true },
  ],
  meters,
)}
<details><summary>${charges.more ? `The first ${charges.rows.length} charges` : `The ${charges.rows.length} charges`}</summary>${table(
    'Charges',
    'oldest first, with source and version of the delivery',
    [
      { head: 'Start', cell: (row: Row) => formatInstant(textOf(row, 'ChargePeriodStart')) },
      { head: 'Resource', cell: (row) => idCell(textOf(row, 'ResourceId')), extra: true },
      { head: 'Meter', cell: (row) => html`<span class="id">${textOf(row, 'meter')}</span>` },
      {
        head: 'Quantity',
        cell: (row) => formatDecimal(textOf(row, 'PricingQuantity') || null, 4),
        numeric: true,
        extra: true,
      },
      { head: 'Effective cost', cell: (row) => cost(row, 'EffectiveCost'), numeric: true },
      {
        head: 'Source',
        cell: (row) => `${textOf(row, 'source')} ${textOf(row, 'billing_period')} v${textOf(row, 'version')}`,
        extra: true,
      },
    ],
    charges.rows,
  )}</details></section>`
}

const forms: readonly { readonly verb: SavingVerb; readonly button: string; readonly fields: readonly Field[] }[] = [
  { verb: 'accept', button: 'Accept', fields: ['owner', 'on', 'by'] },
  { verb: 'start', button: 'Start', fields: ['by'] },
  { verb: 'done', button: 'Done', fields: ['on', 'by'] },
  { verb: 'dismiss', button: 'Dismiss', fields: ['reason', 'until', 'by'] },
]
type Field = 'owner' | 'on' | 'reason' | 'until' | 'by'
const fieldTexts: Readonly<Record<Field, readonly [label: string, hint: string]>> = {
  owner: ['Owner', 'who will do it'],
  on: ['On', 'default: today'],
  reason: ['Reason', 'kept in the history'],
  until: ['Until', 'default: in 180 days'],
  by: ['By', 'default: the user of the server'],
}

function decisionSection(finding: Row | null, saving: Saving | null): Html {
  if (saving === null && finding?.['role'] === 'alternative')
    return html`<section aria-labelledby="decide"><h2 id="decide">Decide</h2><p class="note">Another move on this resource is better. Dismiss that one, and this one counts.</p></section>`
  const id = saving?.finding_id ?? textOf(finding ?? {}, 'finding_id')
  const fitting = forms.filter(({ verb }) => movesFrom(saving?.state ?? 'proposed').includes(savingVerbs[verb]))
  return html`<section aria-labelledby="decide"><h2 id="decide">Decide</h2>${saving ? savingFacts(saving, finding === null) : ''}
${fitting.length === 0 ? html`<p class="note">It is measured on the bill: <code>costwright savings verify ${id}</code></p>` : ''}${fitting.map(
  ({ verb, button, fields }, index) =>
    html`<details ${index === 0 ? 'open' : ''}><summary>${button}</summary><form method="post" action="/savings/${id}"><div class="form">${fields.map((field) => fieldOf(verb, field))}</div><button name="decision" value="${verb}">${button}</button></form></details>`,
)}</section>`
}

function fieldOf(verb: SavingVerb, field: Field): Html {
  const [label, hint] = fieldTexts[field]
  const isDay = field === 'on' || field === 'until'
  return html`<div><label for="${verb}-${field}">${label}</label><input id="${verb}-${field}" name="${field}" ${isDay ? html`type="date"` : html`maxlength="200"`} ${field === 'reason' ? 'required' : ''}><span class="hint">${hint}</span></div>`
}

function savingFacts(saving: Saving, isAlone: boolean): Html {
  const money = (amount: string | null) => formatMoney(amount, saving.currency)
  const facts: readonly (readonly [string, Html | string | null])[] = [
    ['State', badge(saving.state)],
    ['Promised a month', money(saving.identified_amount)],
    ['Verified a month', saving.verified_amount === null ? null : money(saving.verified_amount)],
    ['Who will do it', saving.owner],
    ['Accepted on', saving.accepted_on],
    ['Done on', saving.implemented_on],
    ['Until', saving.until],
    ['Reason', saving.reason],
  ]
  return html`${isAlone ? html`<p class="small soft id">${saving.rule} · ${saving.resource_id ?? saving.sub_account_id ?? ''}</p>` : ''}<dl class="facts">${facts.map(([name, value]) => (value === null ? '' : html`<div><dt>${name}</dt><dd>${value}</dd></div>`))}</dl>`
}

function historySection(history: readonly SavingEvent[]): Html {
  return html`<section aria-labelledby="history"><h2 id="history">History</h2>${table(
    `${history.length} event${history.length === 1 ? '' : 's'}`,
    'oldest first, append-only',
    [
      { head: 'When', cell: (event: SavingEvent) => formatInstant(textOf(event, 'at')) },
      { head: 'Who', cell: (event) => textOf(event, 'actor') },
      { head: 'To', cell: (event) => badge(textOf(event, 'to_state')) },
      {
        head: 'Detail',
        cell: (event) => html`<span class="id small">${detailText(textOf(event, 'detail'))}</span>`,
        extra: true,
      },
    ],
    history,
  )}</section>`
}

/** `{"reason":"kept","day":"2026-12-01"}` as `reason kept, day 2026-12-01`; nothing for what was not said. */
function detailText(detail: string): string {
  const said = Object.entries(JSON.parse(detail) as Record<string, unknown>).filter(([, value]) => value !== null)
  return said
    .map(([name, value]) => `${words(name)} ${typeof value === 'object' ? JSON.stringify(value) : value}`)
    .join(', ')
}
