import type { CatalogEntry } from '../catalog/catalog.ts'
import { UserError } from '../errors.ts'
import type { Params } from '../warehouse/warehouse.ts'
import type { Ask } from './ask.ts'
import type { LakeState, Page, Snapshot } from './context.ts'
import { refuse } from './http.ts'

/** What stands beside every figure. */
export interface Meta {
  readonly query: string
  readonly title: string
  readonly params: Params
  /** `cash` is BilledCost, `accrual` EffectiveCost; both when columns of both stand side by side, never added. */
  readonly ledger: string | null
  readonly basis: string | null
  /** Currencies of the rows sent; every sum is in one of them. */
  readonly currency: readonly string[] | null
  /** Half open, as asked; else what the data cover. */
  readonly period: { readonly start: string | null; readonly end: string | null }
  /** Through this instant every source is complete. */
  readonly complete_through: string | null
  readonly lake_versions: { readonly count: number; readonly newest_landed_at: string | null }
  readonly as_of: string | null
  readonly state: string
  /** Rows sent. */
  readonly row_count: number
  readonly next_cursor: string | null
}

/** The JSON answer of a query: columns, one page of rows, meta. Amounts are exact decimals as text. */
export async function answerOf(
  snapshot: Snapshot,
  entry: CatalogEntry,
  ask: Ask,
  signal?: AbortSignal,
): Promise<string> {
  const asked = `${entry.name} ${JSON.stringify(ask.params)}`
  const offset = ask.cursor === undefined ? 0 : readCursor(ask.cursor, snapshot.id, asked)
  const page = await snapshot.query(entry, ask.params, { offset, limit: ask.limit, ...(signal ? { signal } : {}) })
  const meta: Meta = {
    query: entry.name,
    title: entry.title,
    params: ask.params,
    ledger: ledgerOf(entry, ask.params),
    basis: textOf(ask.params['basis']),
    currency: currenciesOf(page),
    ...dataMeta(await snapshot.lake(), ask.params),
    as_of: ask.asOf ?? null,
    state: snapshot.id,
    row_count: page.rows.length,
    next_cursor: page.more ? writeCursor(snapshot.id, asked, offset + page.rows.length) : null,
  }
  return JSON.stringify({ columns: page.columns, rows: page.rows, meta })
}

/** The parts of `Meta` that the data decide. */
export function dataMeta(
  lake: LakeState,
  params: Params = {},
): Pick<Meta, 'period' | 'complete_through' | 'lake_versions'> {
  return {
    period: {
      start: textOf(params['start_date']) ?? textOf(params['start_month']) ?? lake.first_charge,
      end: textOf(params['end_date']) ?? textOf(params['end_month']) ?? lake.last_charge,
    },
    complete_through: lake.complete_through,
    lake_versions: { count: lake.version_count, newest_landed_at: lake.newest_landed_at },
  }
}

function ledgerOf(entry: CatalogEntry, params: Params): string | null {
  const asked = textOf(params['ledger'])
  if (asked) return asked
  const stated = entry.columns.find(({ name }) => name === 'ledger')
  const text = stated ? stated.description : entry.columns.map(({ name }) => name).join(' ')
  const ledgers = [/cash|billed_cost/.test(text) ? 'cash' : '', /accrual|effective_cost/.test(text) ? 'accrual' : '']
  return ledgers.filter((ledger) => ledger !== '').join(', ') || null
}

function currenciesOf(page: Page): string[] | null {
  const column = page.columns.find(({ name }) => name === 'billing_currency' || name === 'currency')
  return column ? [...new Set(page.rows.map((row) => String(row[column.name])))].sort() : null
}

function textOf(value: Params[string] | undefined): string | null {
  return value === undefined || value === null ? null : String(value)
}

/** Positions hold for one state of the data and one question only, so a cursor names both. */
export function writeCursor(state: string, asked: string, offset: number): string {
  return btoa(JSON.stringify([state, checksum(asked), offset]))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace(/=+$/, '')
}

export function readCursor(cursor: string, state: string, asked: string): number {
  let parts: unknown
  try {
    parts = JSON.parse(atob(cursor.replaceAll('-', '+').replaceAll('_', '/')))
  } catch (cause) {
    throw new UserError('cursor cannot be read', {
      hint: 'Pass meta.next_cursor of the page before, unchanged.',
      cause,
    })
  }
  const [from, question, offset] = Array.isArray(parts) ? (parts as unknown[]) : []
  if (typeof offset !== 'number' || !Number.isSafeInteger(offset) || offset < 0) {
    throw new UserError('cursor cannot be read', { hint: 'Pass meta.next_cursor of the page before, unchanged.' })
  }
  if (question !== checksum(asked)) {
    throw new UserError('cursor belongs to another question', {
      hint: 'Keep the query and its parameters while paging.',
    })
  }
  if (from !== state) {
    refuse({
      status: 410,
      code: 'data-changed',
      detail: 'the data changed since the first page',
      hint: 'Start again without cursor, or add as_of.',
    })
  }
  return offset
}

/** FNV-1a: tells questions apart by accident, not by intent. */
function checksum(text: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193) >>> 0
  return hash
}
