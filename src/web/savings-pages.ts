import { html } from 'hono/html'
import type { Listing } from '../recommend/book.ts'
import { type Filters, filterChoices } from '../recommend/filters.ts'
import type { LookBack } from '../recommend/prepare.ts'
import { idCell, onPhone, words } from './answer-parts.ts'
import { formatInstant, formatMoney, formatShare } from './format.ts'
import { badge, type Html, page, table } from './layout.ts'
import { classWords, effortWords, moneyOf, type Row, riskWords, roleWords, textOf } from './savings-words.ts'

export interface SavingsParts {
  readonly filters: Filters
  /** What fits the filters: one page of rows, and totals of all. */
  readonly listing: Listing
  /** Totals without filters, for the head of the page. */
  readonly all: Listing & { readonly look: LookBack | null }
  readonly funnel: readonly Row[]
  /** Cursor of the next page. */
  readonly next: string | null
  readonly offset: number
  readonly completeThrough: string | null
}

/** What could cost less a month, what was promised and what was verified, and the ranked list. */
export async function savingsPage(parts: SavingsParts): Promise<string> {
  const { all, listing } = parts
  return page({
    title: 'Savings',
    lead: html`<p class="soft">${all.look ? `Evidence from ${all.look.start} to ${all.look.end} (exclusive)` : 'Nothing was charged yet'} · per month of 730 hours, after commitments, each currency for itself · complete through ${formatInstant(parts.completeThrough)}</p>`,
    controls: html`<p class="links small"><a href="/savings/ledger">Ledger of decisions</a><a href="/api/v1/recommendations?format=csv">CSV</a><a href="/api/v1/recommendations">JSON</a></p>`,
    main: [
      html`<ul class="cards" aria-label="Headline">${all.totals.map((total) => potentialCard(total))}${parts.funnel.map((row) => verifiedCard(row))}</ul>`,
      classSection(all.by_class),
      html`<section aria-labelledby="list"><h2 id="list">Recommendations</h2>${filterForm(parts)}${
        listing.page.rows.length === 0 ? html`<p class="note">No recommendation fits.</p>` : rankedTable(parts)
      }${nextLink(parts)}</section>`,
      html`<section aria-labelledby="blind"><h2 id="blind">What a bill cannot show</h2><p class="soft small">CPU and memory use, attachment of disks, lifecycle policies, incomplete multipart uploads, retention settings, machines stopped but not released, empty plans and pools, balancers without backends that still see traffic. Findings of class D link resources by name or tag: confirm them with an inventory.</p></section>`,
    ],
  })
}

function potentialCard(total: Row): Html {
  const currency = textOf(total, 'currency')
  return html`<li><h2>Could be saved, ${currency}</h2><div class="figure">${moneyOf(total, 'cash_saving_month', 'whole')}</div><div class="small soft">a month, ${textOf(total, 'counted')} findings that count</div><div class="foot small soft">weighted by confidence ${moneyOf(total, 'expected_saving_month', 'whole')}<br>listed and not added ${moneyOf(total, 'advisory_amount', 'whole')}</div></li>`
}

function verifiedCard(row: Row): Html {
  const rate = row['realisation_rate']
  return html`<li><h2>Verified of promised, ${textOf(row, 'currency')}</h2><div class="figure">${formatShare(typeof rate === 'number' ? rate : null)}</div><div class="small soft">${Number(row['implemented']) === 0 ? 'nothing is done yet' : html`${moneyOf(row, 'verified', 'whole')} measured a month`}</div><div class="foot small soft">of ${moneyOf(row, 'implemented', 'whole')} promised and done<br>accepted ${moneyOf(row, 'accepted', 'whole')}</div></li>`
}

function classSection(rows: readonly Row[]): Html {
  return html`<section aria-labelledby="classes"><h2 id="classes">How strong the evidence is</h2>${table(
    'By class of evidence',
    'a month; a scenario or advice is never added',
    [
      {
        head: 'Class',
        cell: (row: Row) =>
          html`<strong>${textOf(row, 'evidence_class')}</strong> <span class="extra">${classWords[textOf(row, 'evidence_class')] ?? ''}</span>`,
      },
      { head: 'Currency', cell: (row) => textOf(row, 'currency') },
      { head: 'Findings', cell: (row) => textOf(row, 'findings'), numeric: true },
      { head: 'Counts', cell: (row) => moneyOf(row, 'cash_saving_month'), numeric: true },
      { head: 'With confidence', cell: (row) => moneyOf(row, 'expected_saving_month'), numeric: true, extra: true },
      { head: 'Not added', cell: (row) => moneyOf(row, 'advisory_amount'), numeric: true, extra: true },
      { head: 'Price unknown', cell: (row) => textOf(row, 'unpriced'), numeric: true, extra: true },
    ],
    rows,
  )}</section>`
}

const labels: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  class: classWords,
  effort: effortWords,
  risk: riskWords,
  role: roleWords,
}

function filterForm({ filters }: SavingsParts): Html {
  const select = (name: 'class' | 'effort' | 'risk' | 'role') =>
    html`<div><label for="f-${name}">${words(name)}</label><select id="f-${name}" name="${name}"><option value="">all</option>${(filterChoices[name] ?? []).map((one) => html`<option value="${one}" ${filters[name] === one ? 'selected' : ''}>${name === 'class' ? `${one} ` : ''}${labels[name]?.[one] ?? one}</option>`)}</select></div>`
  const input = (name: 'provider' | 'account' | 'team' | 'rule' | 'currency', hint: string) =>
    html`<div><label for="f-${name}">${name}</label><input id="f-${name}" name="${name}" value="${filters[name] === '' ? '-' : (filters[name] ?? '')}" placeholder="${hint}"></div>`
  return html`<form method="get" action="/savings"><div class="form">${input('provider', 'aws, azure, gcp')}${input('account', 'account id')}${input('team', 'name; - is nobody')}${input('rule', 'aws.ebs.gp2')}${input('currency', 'USD')}${select('class')}${select('effort')}${select('risk')}${select('role')}</div><button>Show</button> <a class="small" href="/savings">all</a></form>`
}

function rankedTable({ listing, offset }: SavingsParts): Html {
  const { rows } = listing.page
  const total = listing.totals.map((one) => moneyOf(one, 'cash_saving_month')).join(' and ')
  return table(
    offset === 0 && !listing.page.more
      ? `${rows.length} findings`
      : `Findings ${offset + 1} to ${offset + rows.length}`,
    `that count come to ${total || 'nothing'} a month with these filters`,
    [
      {
        head: 'What',
        cell: (row: Row) =>
          html`<a href="/savings/${textOf(row, 'finding_id')}">${textOf(row, 'action')}</a><br><span class="soft small">${textOf(row, 'rule')}</span>${textOf(row, 'state') === 'proposed' ? '' : onPhone(textOf(row, 'state'))}`,
      },
      { head: 'Where', cell: whereCell, extra: true },
      { head: 'Owner', cell: (row) => textOf(row, 'team') || 'nobody', extra: true },
      { head: 'Cost', cell: (row) => moneyOf(row, 'monthly_cost'), numeric: true, extra: true },
      { head: 'Saving', cell: savingCell, numeric: true },
      {
        head: 'Proof',
        cell: (row) =>
          html`<span title="${classWords[textOf(row, 'evidence_class')] ?? ''}">${textOf(row, 'evidence_class')}</span>\u00a0${row['confidence'] === null ? '' : formatShare(Number(row['confidence']), { digits: 0 })}`,
        extra: true,
      },
      { head: 'Effort', cell: (row) => effortWords[textOf(row, 'effort')] ?? '', extra: true },
      { head: 'Risk', cell: (row) => riskWords[textOf(row, 'risk')] ?? '', extra: true },
      { head: 'State', cell: (row) => badge(textOf(row, 'state')), extra: true },
    ],
    rows,
  )
}

function whereCell(row: Row): Html {
  const place = [textOf(row, 'provider'), textOf(row, 'sub_account_id')].filter(Boolean).join(' · ')
  const name = textOf(row, 'resource_name') || textOf(row, 'resource_id')
  return html`${name ? idCell(name) : textOf(row, 'service_name')}<br><span class="soft small">${idCell(place)}</span>`
}

/** What counts, else why nothing does. */
function savingCell(row: Row): Html | string {
  if (row['role'] === 'counted') return moneyOf(row, 'cash_saving_month')
  const amount = row['role'] === 'alternative' ? row['gross_saving_month'] : row['advisory_amount']
  const shown = amount === null || amount === undefined ? '' : formatMoney(String(amount), textOf(row, 'currency'))
  return html`<span class="soft">${shown}${shown ? html`<br>` : ''}<span class="small">${roleWords[textOf(row, 'role')] ?? ''}</span></span>`
}

function nextLink({ filters, next }: SavingsParts): Html {
  if (next === null) return html``
  const search = new URLSearchParams({ ...filters, ...(filters.team === '' ? { team: '-' } : {}), cursor: next })
  return html`<p><a href="/savings?${search.toString()}">Next</a></p>`
}
