/**
 * What a finding is: queries/recommenders/README.md says what each column holds. A rule gives them in this order and may leave out those
 * with a `fallback`, an SQL literal.
 */
export const outputColumns: readonly { readonly name: string; readonly type: string; readonly fallback?: string }[] = [
  { name: 'provider', type: 'VARCHAR' },
  { name: 'billing_account_id', type: 'VARCHAR' },
  { name: 'sub_account_id', type: 'VARCHAR' },
  { name: 'region_id', type: 'VARCHAR' },
  { name: 'service_name', type: 'VARCHAR' },
  { name: 'resource_id', type: 'VARCHAR' },
  { name: 'currency', type: 'VARCHAR' },
  { name: 'observed_cost', type: 'DECIMAL(38,15)' },
  { name: 'monthly_cost', type: 'DECIMAL(38,10)' },
  { name: 'monthly_saving', type: 'DECIMAL(38,10)' },
  { name: 'one_off_cost', type: 'DECIMAL(38,10)', fallback: 'null' },
  { name: 'covered_fraction', type: 'DOUBLE', fallback: 'null' },
  { name: 'data_factor', type: 'DOUBLE', fallback: '1' },
  { name: 'price_source', type: 'VARCHAR' },
  { name: 'meters', type: 'VARCHAR[]' },
  { name: 'first_day', type: 'DATE' },
  { name: 'explanation', type: 'VARCHAR' },
]
