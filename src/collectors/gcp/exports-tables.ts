import type { TableField } from '@google-cloud/bigquery'
import { UserError } from '../../errors.ts'
import type { CollectorContext } from '../collector.ts'
import { untilAborted } from './clients.ts'
import type { Engine, ExportConfig } from './exports-bigquery.ts'

/** What a table holds: rows of the standard or detailed export, of the FOCUS export, or price lists. */
export type TableKind = 'detailed' | 'standard' | 'focus' | 'prices'

export interface ExportTable {
  readonly name: string
  readonly kind: TableKind
  /** Text for `from`, quoted: `` `project`.`dataset`.`table` ``. */
  readonly path: string
  readonly location: string
  readonly fields: readonly TableField[]
  /** Partitioned by day of ingestion, so that `_partitiontime` exists. */
  readonly byIngestionDay: boolean
}

/** Where a dataset lies; `dataset` may name another project than the one that pays: `billing-host.exports`. */
export interface DatasetId {
  readonly project: string
  readonly dataset: string
}

export function datasetOf({ project, dataset }: ExportConfig): DatasetId {
  const [first = '', second] = dataset.split(/[.:]/)
  return second === undefined ? { project, dataset: first } : { project: first, dataset: second }
}

const patterns: readonly (readonly [RegExp, TableKind])[] = [
  [/^gcp_billing_export_resource_v1_(\w+)$/i, 'detailed'],
  [/^gcp_billing_export_v1_(\w+)$/i, 'standard'],
  [/^gcp_billing_export_focus_(?:v1_)?(\w+)$/i, 'focus'],
  [/^cloud_pricing_export$/i, 'prices'],
]
const richest: readonly TableKind[] = ['detailed', 'standard', 'focus', 'prices']

interface NamedTable {
  readonly name: string
  readonly kind: TableKind
  /** Billing account as table names spell it; empty for price lists. */
  readonly account: string
}

/**
 * The tables to collect, of those that there are: for each billing account the detailed export, else the standard one, else FOCUS,
 * and the price list. `wanted` names them instead; account ids may be written with dashes. Throws UserError for one that is not
 * there, and for two exports of one account, whose rows would add up.
 */
export function chooseTables(source: string, names: readonly string[], wanted?: readonly string[]): NamedTable[] {
  const known = names.flatMap((name) => namedTable(name) ?? []).sort((a, b) => rank(a) - rank(b))
  if (wanted === undefined) {
    const chosen = new Map<string, NamedTable>()
    for (const table of known) if (!chosen.has(table.account)) chosen.set(table.account, table)
    return [...chosen.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
  }
  const chosen = wanted.map((name) => {
    const table = known.find((one) => key(one.name) === key(name))
    if (table) return table
    throw new UserError(`${source}: there is no export table ${name}`, {
      hint: `Tables of the dataset: ${known.map((one) => one.name).join(', ') || 'none of a billing export'}.`,
    })
  })
  for (const table of chosen) {
    const twin = chosen.find((other) => other !== table && other.account === table.account)
    if (twin) {
      throw new UserError(`${source}: ${table.name} and ${twin.name} hold the same charges`, {
        hint: 'Keep one of them in tables, the detailed one if you have it.',
      })
    }
  }
  return chosen
}

const key = (name: string) => name.replaceAll('-', '_').toLowerCase()
const rank = ({ kind }: NamedTable) => richest.indexOf(kind)

function namedTable(name: string): NamedTable | null {
  for (const [pattern, kind] of patterns) {
    const found = pattern.exec(name)
    if (found) return { name, kind, account: (found[1] ?? '').toUpperCase() }
  }
  return null
}

/** Names of all tables of the dataset. Free. */
export async function listTables(engine: Engine, id: DatasetId, context: CollectorContext): Promise<string[]> {
  const dataset = engine.client.dataset(id.dataset, { projectId: id.project })
  const names: string[] = []
  for (let token: string | undefined = ''; token !== undefined; ) {
    const pageToken: string = token
    const [tables, , answer] = await context.retry(`list tables of ${id.project}.${id.dataset}`, (signal) =>
      untilAborted(signal, () => dataset.getTables({ autoPaginate: false, ...(pageToken && { pageToken }) })),
    )
    names.push(...tables.flatMap(({ id: name }) => name ?? []))
    token = answer?.nextPageToken || undefined
  }
  return names
}

/** Columns and partitioning of a table. Free. Throws UserError for names that cannot be quoted. */
export async function describeTable(
  engine: Engine,
  id: DatasetId,
  { name, kind }: Pick<NamedTable, 'name' | 'kind'>,
  context: CollectorContext,
): Promise<ExportTable> {
  const table = engine.client.dataset(id.dataset, { projectId: id.project }).table(name)
  const [facts] = await context.retry(`describe table ${id.project}.${id.dataset}.${name}`, (signal) =>
    untilAborted(signal, () => table.getMetadata()),
  )
  const { type, field } = facts.timePartitioning ?? {}
  return {
    name,
    kind,
    path: [id.project, id.dataset, name].map(quoted).join('.'),
    location: String(facts.location),
    fields: facts.schema?.fields ?? [],
    byIngestionDay: type === 'DAY' && field === undefined,
  }
}

/** An identifier in backticks. Throws UserError for one that no Google export has. */
export function quoted(name: string): string {
  if (!/^[\p{L}\p{N}_:. -]+$/u.test(name)) throw new UserError(`${name} is no name of a BigQuery table or column`)
  return `\`${name}\``
}
