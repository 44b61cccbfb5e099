import { readdirSync } from 'node:fs'
import { queriesUrl, readQuery } from './files.ts'
import { parseHeader, type QueryHeader } from './header.ts'

export type QueryKind = 'marts' | 'reports' | 'checks' | 'detectors'

/** One file of `queries/`: its header and its text. */
export interface CatalogEntry extends QueryHeader {
  /** File name without `.sql`. */
  readonly name: string
  readonly kind: QueryKind
  readonly sql: string
}

/** Every query by name; names are unique over all kinds. */
export type Catalog = ReadonlyMap<string, CatalogEntry>

const kinds: readonly QueryKind[] = ['marts', 'reports', 'checks', 'detectors']

/**
 * Reads and parses every query of `queries/marts`, `queries/reports`, `queries/checks` and `queries/detectors`, in that order, names ascending.
 *
 * Files whose name starts with a digit are scripts that prepare the tables, not queries.
 *
 * @throws Error when a header cannot be read or a name occurs twice
 */
export function loadCatalog(): Catalog {
  const catalog = new Map<string, CatalogEntry>()
  for (const kind of kinds) {
    for (const file of readdirSync(new URL(`${kind}/`, queriesUrl)).sort()) {
      if (!/^[a-z]\w*\.sql$/.test(file)) continue
      const entry = readEntry(kind, file.slice(0, -4))
      if (catalog.has(entry.name)) throw new Error(`two queries are named ${entry.name}`)
      catalog.set(entry.name, entry)
    }
  }
  return catalog
}

/** Reads one query; see `loadCatalog`. Faster when only one is wanted. */
export function readEntry(kind: QueryKind, name: string): CatalogEntry {
  const path = `${kind}/${name}.sql`
  const sql = readQuery(path)
  return { name, kind, sql, ...parseHeader(sql, path) }
}
