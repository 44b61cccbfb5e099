import { quoteIdentifier } from './warehouse.ts'

/**
 * What to select of a relation so that Parquet keeps it: Parquet has no integers of 128 bits and the engine would write doubles, so they
 * become decimals without fraction, and the query fails for one of more than 38 digits.
 *
 * @param columns of the relation, types as the engine names them
 *
 * `parquetColumns([{ name: 'n', type: 'HUGEINT' }])` is `'* replace (cast("n" as decimal(38, 0)) as "n")'`
 */
export function parquetColumns(columns: readonly { readonly name: string; readonly type: string }[]): string {
  const casts = columns
    .filter(({ type }) => /^U?HUGEINT$/.test(type))
    .map(({ name }) => quoteIdentifier(name))
    .map((name) => `cast(${name} as decimal(38, 0)) as ${name}`)
  return casts.length === 0 ? '*' : `* replace (${casts.join(', ')})`
}
