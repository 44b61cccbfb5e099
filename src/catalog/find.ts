import { UserError } from '../errors.ts'
import type { Catalog, CatalogEntry } from './catalog.ts'

/** The query called `name`; a UserError that lists similar names when there is none. */
export function findQuery(catalog: Catalog, name: string): CatalogEntry {
  const entry = catalog.get(name)
  if (entry) return entry
  const words = name.split('_').filter((word) => word.length > 2)
  const similar = [...catalog.values()]
    .filter((other) => other.kind !== 'marts' && words.some((word) => other.name.includes(word)))
    .map((other) => other.name)
  const hint = similar.length > 0 ? `similar: ${similar.join(', ')}` : '`costwright queries` lists them all'
  throw new UserError(`there is no query called ${name}`, { hint })
}
