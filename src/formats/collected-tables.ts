import tables from './collected-tables.json' with { type: 'json' }
import type { Format, InputType } from './format.ts'
import { nameKey, placesOf } from './table-columns.ts'

/** A table that collectors fill with rows of their own; the same files may be imported by hand. */
export interface CollectedTable {
  /** Name in the warehouse, defined in queries/marts/01_collected_tables.sql. */
  readonly table: string
  readonly title: string
  readonly columns: Readonly<Record<string, InputType>>
  /** One row of each key is kept: that of the newest delivery, within it the newest observation. */
  readonly key: readonly string[]
  /** Columns that, beside the key, tell its files from those of other tables. */
  readonly told_by: readonly string[]
  /**
   * A delivery holds all rows that a source has of these columns' values: rows of earlier deliveries that the newest no longer
   * has are gone. Empty where every row stands for itself: a closed account keeps its name.
   */
  readonly whole: readonly string[]
  /** Rows with this value are exempt from `whole`: anomalies come month by month and are history, other findings are today's list. */
  readonly apart?: { readonly column: string; readonly value: string }
}

export const collectedTables = tables as readonly CollectedTable[]

/** One format a table; recognised by its key columns, `observed_at` and the columns that tell it from others, spelled in any way. */
export const collectedFormats: readonly Format[] = collectedTables.map(formatOf)

function formatOf({ table, title, columns, key, told_by }: CollectedTable): Format {
  const spellings = Object.fromEntries(Object.keys(columns).map((name) => [name, [nameKey(name)]]))
  const required = new Set([...key, ...told_by, 'observed_at'])
  return {
    id: table.replaceAll('_', '-'),
    title: `${title} (NDJSON, CSV, Parquet)`,
    provider: 'collected',
    query: `focus/collected_${table}.sql`,
    table,
    delivery: 'replace',
    input: columns,
    recognise(head) {
      const places = placesOf(spellings, head.columns.map(nameKey))
      for (const name of required) if (!places.has(name)) return null
      const byPlace = new Map([...places].map(([name, place]) => [place, name]))
      const unread = head.columns.filter((_, place) => !byPlace.has(place))
      return {
        canonical: head.columns.map((_, place) => byPlace.get(place) ?? null),
        traits: { format_version: '1' },
        warnings: unread.length > 0 ? [`Columns that ${table} does not have are not read: ${unread.join(', ')}.`] : [],
      }
    },
  }
}
