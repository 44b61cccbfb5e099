import manifest from './focus-columns.json' with { type: 'json' }

/** One column of FOCUS 1.4 CostAndUsage: `type` is the lake's DuckDB type; `json` marks text that holds a JSON object. */
export interface FocusColumn {
  readonly name: string
  readonly type: string
  readonly json: boolean
  readonly level: string
  readonly nullable: boolean
  readonly since: string
}

/** The 65 columns of FOCUS 1.4 CostAndUsage, in the order the lake stores and exports them. */
export const focusColumns: readonly FocusColumn[] = manifest

/**
 * Columns that costwright adds to every charge, beside a source's own `x_` columns.
 *
 * `x_SourceCost` and `x_SourceEffectiveCost` carry the provider's own figures before mapping, so that totals can be proven:
 * Σ `x_SourceCost` over all rows of a version = what the provider delivered = Σ BilledCost of its charges.
 * `x_RowKind` is `charge` (one source row, one charge), `derived` (a further charge made from a source row already counted)
 * or, never seen by readers, `excluded` (a source row that has no FOCUS row) and `pending` (what a settling query turns into charges).
 * `x_SourceChanges` notes what was repaired, derived or why a row is excluded.
 */
export const lakeColumns: readonly { readonly name: string; readonly type: string }[] = [
  { name: 'x_ProviderName', type: 'VARCHAR' },
  { name: 'x_PublisherName', type: 'VARCHAR' },
  { name: 'x_SourceFormat', type: 'VARCHAR' },
  { name: 'x_SourceFocusVersion', type: 'VARCHAR' },
  { name: 'x_SourceChanges', type: 'VARCHAR' },
  { name: 'x_SourceCost', type: 'DECIMAL(38,15)' },
  { name: 'x_SourceEffectiveCost', type: 'DECIMAL(38,15)' },
  { name: 'x_RowKind', type: 'VARCHAR' },
]
