import { html } from 'hono/html'
import type { Saving } from '../state/ledger.ts'
import { type SavingState, savingStates } from '../state/transitions.ts'
import { idCell, words } from './answer-parts.ts'
import { formatMoney, formatShare } from './format.ts'
import { badge, type Html, page, table } from './layout.ts'
import { moneyOf, type Row, textOf } from './savings-words.ts'

export interface LedgerParts {
  readonly savings: readonly Saving[]
  readonly funnel: readonly Row[]
  readonly state: SavingState | undefined
}

/** Every saving with its state, and how much of what was promised is verified. */
export async function ledgerPage({ savings, funnel, state }: LedgerParts): Promise<string> {
  return page({
    title: 'Ledger of savings',
    lead: html`<p class="soft">From proposed to verified on the bill at constant usage · amounts a month · <a href="/savings">recommendations</a></p>`,
    controls: html`<form class="choose" method="get"><label for="state">State</label><select id="state" name="state"><option value="">all</option>${savingStates.map((one) => html`<option value="${one}" ${one === state ? 'selected' : ''}>${words(one)}</option>`)}</select><button>Show</button></form>`,
    main: [
      html`<section aria-labelledby="kpi"><h2 id="kpi">Promised and realised</h2>${funnelTable(funnel)}</section>`,
      html`<section aria-labelledby="entries"><h2 id="entries">Savings</h2>${
        savings.length === 0
          ? html`<p class="note">No saving${state ? ` is ${words(state)}` : ' was proposed yet'}.</p>`
          : entries(savings)
      }</section>`,
    ],
  })
}

const share = (row: Row, name: string) => formatShare(typeof row[name] === 'number' ? row[name] : null)

function funnelTable(funnel: readonly Row[]): Html {
  return table(
    'From identified to verified',
    'identification prices, verified as measured; a ratio of nothing is a dash',
    [
      { head: 'Currency', cell: (row: Row) => textOf(row, 'currency') },
      { head: 'Identified', cell: (row) => moneyOf(row, 'identified'), numeric: true, extra: true },
      {
        head: 'Accepted',
        cell: (row) =>
          html`${moneyOf(row, 'accepted')}<br><span class="soft small">${share(row, 'acceptance_rate')}</span>`,
        numeric: true,
        extra: true,
      },
      {
        head: 'Done',
        cell: (row) =>
          html`${moneyOf(row, 'implemented')}<br><span class="soft small">${share(row, 'implementation_rate')}</span>`,
        numeric: true,
      },
      {
        head: 'Verified',
        cell: (row) => html`${moneyOf(row, 'verified')}<br><span class="soft small">${share(row, 'end_to_end')}</span>`,
        numeric: true,
      },
      {
        head: 'Realised of promised',
        cell: (row) => html`<strong>${share(row, 'realisation_rate')}</strong>`,
        numeric: true,
      },
      { head: 'A year at this rate', cell: (row) => moneyOf(row, 'run_rate_year'), numeric: true, extra: true },
    ],
    funnel,
  )
}

/** Rows of the page; the API has all of them. */
const rowsShown = 200

function entries(savings: readonly Saving[]): Html {
  return table(
    `${savings.length} saving${savings.length === 1 ? '' : 's'}`,
    savings.length > rowsShown ? `the ${rowsShown} largest promises` : 'largest promise first',
    [
      {
        head: 'Rule',
        cell: (one: Saving) =>
          html`<a href="/savings/${one.finding_id}">${one.rule}</a><br><span class="soft small">${one.resource_id === null ? (one.sub_account_id ?? one.provider ?? '') : idCell(one.resource_id)}</span>`,
      },
      { head: 'State', cell: (one) => badge(one.state) },
      { head: 'Promised', cell: (one) => formatMoney(one.identified_amount, one.currency), numeric: true },
      { head: 'Verified', cell: (one) => formatMoney(one.verified_amount, one.currency), numeric: true },
      { head: 'Owner', cell: (one) => one.owner ?? '–', extra: true },
      { head: 'Identified', cell: (one) => one.identified_on, extra: true },
      { head: 'Done', cell: (one) => one.implemented_on ?? '–', extra: true },
      {
        head: 'Note',
        cell: (one) => [one.reason, one.until && `until ${one.until}`].filter(Boolean).join(', '),
        extra: true,
      },
    ],
    savings.slice(0, rowsShown),
  )
}
