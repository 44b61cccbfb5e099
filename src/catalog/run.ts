import { QueryError } from '../errors.ts'
import type { Param, Params, Result, Warehouse } from '../warehouse/warehouse.ts'
import type { Catalog, CatalogEntry } from './catalog.ts'
import { findQuery } from './find.ts'
import { checkParams } from './params.ts'

export interface QueryResult extends Result {
  readonly query: CatalogEntry
  /** Every parameter with the value that was used, defaults included. */
  readonly params: Params
}

/**
 * Runs one query of the catalogue.
 *
 * @param given parameter values by name (without `$`); absent ones take the header's default
 * @returns columns and rows; amounts are exact decimals as text, ratios are fractions as numbers
 * @throws UserError for an unknown query or wrong parameters, QueryError when the engine fails
 *
 * `await runQuery(warehouse, catalog, 'tag_coverage', { group_by: 'month' })`
 */
export async function runQuery(
  warehouse: Warehouse,
  catalog: Catalog,
  name: string,
  given: Readonly<Record<string, Param | undefined>> = {},
): Promise<QueryResult> {
  const query = findQuery(catalog, name)
  const params = checkParams(query, given)
  try {
    return { ...(await warehouse.query(query.sql, params)), query, params }
  } catch (cause) {
    throw new QueryError(name, cause)
  }
}
