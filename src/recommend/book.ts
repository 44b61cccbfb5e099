import { readQuery } from '../catalog/files.ts'
import type { Result, Warehouse } from '../warehouse/warehouse.ts'
import { type Filters, filterParams, type Stretch } from './filters.ts'
import { funnelOf, type LedgerEntry } from './funnel.ts'
import { ownedOf, type Placed } from './owned.ts'
import { createTable, type LookBack, runBase } from './prepare.ts'
import { collectFindings, type Decision, rankFindings } from './recommend.ts'
import type { Rule } from './rules.ts'

export interface Listing {
  readonly page: Result & { readonly more: boolean }
  /** Per currency, of everything that fits the filters; columns of queries/recommenders/base/totals.sql. */
  readonly totals: Result['rows']
  /** Per currency and evidence class; columns of base/by_class.sql. */
  readonly by_class: Result['rows']
}

/** One recommendation with what it rests on and what else is recommended on its resource. */
export interface Opened {
  readonly finding: Result['rows'][number]
  /** Every finding on the resource in the order of the waterfall; columns of base/same_resource.sql. */
  readonly waterfall: Result['rows']
  /** The charges by meter; columns of base/evidence_meters.sql. */
  readonly meters: Result['rows']
  /** The charges themselves; columns of base/evidence_page.sql. */
  readonly charges: Result & { readonly more: boolean }
}

/**
 * Recommendations of one state of the data: the rules have run once, what is ranked follows the decisions.
 * Calls may overlap; they take turns on the connection.
 */
export interface Book {
  /** Null when nothing was charged: then every list is empty. */
  readonly look: LookBack | null
  list(filters: Filters, stretch: Stretch): Promise<Listing>
  /** Null when no recommendation has this id. */
  find(findingId: string): Promise<Opened['finding'] | null>
  open(findingId: string, charges: Stretch): Promise<Opened | null>
  funnel(entries: readonly LedgerEntry[]): Promise<Result['rows']>
  /** Those of a warehouse of some teams that are surely theirs; all where the warehouse is everyone's. */
  own<Entry extends Placed>(entries: readonly Entry[]): Promise<readonly Entry[]>
  /** After the running call. The warehouse is closed too. */
  close(): Promise<void>
}

export interface BookOptions {
  /** Its temporary tables are the book's. */
  readonly warehouse: Warehouse
  readonly rules: readonly Rule[]
  readonly now: Date
  /** For a warehouse of some teams: see `collectFindings`. */
  readonly owned?: boolean
  /** What people decided; read again when `revision` differs. */
  readonly decisions: () => readonly Decision[]
  readonly revision: () => number
  /** Told once of all findings, before the first answer. */
  readonly found: (findings: Result['rows']) => void
}

const empty: Result = { columns: [], rows: [] }

/** Runs the rules; see `recommend`. */
export async function openBook(options: BookOptions): Promise<Book> {
  const { warehouse } = options
  const look = await collectFindings(warehouse, options)
  if (look === null) return emptyBook(options)
  await warehouse.exec('drop table usage_days; drop table usage_tags; drop table unit_prices')
  let ranked: number | null = null
  const rank = async () => {
    const revision = options.revision()
    if (revision === ranked) return
    await rankFindings(warehouse, look, { decisions: options.decisions() })
    ranked = revision
  }
  await rank()
  await warehouse.exec(readQuery('recommenders/base/evidence_macro.sql'))
  options.found((await warehouse.query('from recommendations')).rows)

  let last: Promise<unknown> = Promise.resolve()
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const next = last.then(rank).then(work)
    last = next.catch(() => undefined)
    return next
  }
  return {
    look,
    list: (filters, stretch) => inTurn(() => listed(warehouse, filters, stretch)),
    find: (findingId) => inTurn(() => findIn(warehouse, findingId)),
    open: (findingId, stretch) => inTurn(() => opened(warehouse, findingId, stretch)),
    funnel: (entries) => inTurn(async () => (await funnelOf(warehouse, entries)).rows),
    own: (entries) => (options.owned ? inTurn(() => ownedOf(warehouse, entries)) : Promise.resolve(entries)),
    async close() {
      await last
      warehouse.close()
    },
  }
}

function emptyBook({ warehouse, owned }: BookOptions): Book {
  return {
    look: null,
    list: async () => ({ page: { ...empty, more: false }, totals: [], by_class: [] }),
    find: async () => null,
    open: async () => null,
    funnel: async (entries) => (await funnelOf(warehouse, entries)).rows,
    own: async (entries) => (owned ? ownedOf(warehouse, entries) : entries),
    close: async () => warehouse.close(),
  }
}

async function listed(warehouse: Warehouse, filters: Filters, stretch: Stretch): Promise<Listing> {
  await createTable(warehouse, 'listed', filterParams(filters))
  return {
    page: await pageOf(stretch, (params) => runBase(warehouse, 'listed_page', params)),
    totals: (await runBase(warehouse, 'totals')).rows,
    by_class: (await runBase(warehouse, 'by_class')).rows,
  }
}

async function findIn(warehouse: Warehouse, findingId: string): Promise<Opened['finding'] | null> {
  const found = await warehouse.query('from recommendations where finding_id = $finding_id', { finding_id: findingId })
  return found.rows[0] ?? null
}

async function opened(warehouse: Warehouse, findingId: string, stretch: Stretch): Promise<Opened | null> {
  const finding = await findIn(warehouse, findingId)
  if (!finding) return null
  const evidence = {
    finding_id: findingId,
    start_date: String(finding['evidence_start']),
    end_date: String(finding['evidence_end']),
  }
  return {
    finding,
    waterfall: (await runBase(warehouse, 'same_resource', { finding_id: findingId })).rows,
    meters: (await runBase(warehouse, 'evidence_meters', evidence)).rows,
    charges: await pageOf(stretch, (params) => runBase(warehouse, 'evidence_page', { ...evidence, ...params })),
  }
}

/** One row more than asked for tells whether others follow. */
async function pageOf(
  { offset, limit }: Stretch,
  read: (params: { offset: number; limit: number }) => Promise<Result>,
): Promise<Result & { more: boolean }> {
  const { columns, rows } = await read({ offset, limit: limit + 1 })
  return { columns, rows: rows.slice(0, limit), more: rows.length > limit }
}
