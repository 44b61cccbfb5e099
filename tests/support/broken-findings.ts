import type { Warehouse } from '../../src/warehouse/warehouse.ts'

/** What no recommendation may be, on any bill: a row for each that is. */
const broken: Readonly<Record<string, string>> = {
  'an amount below 0, or above its cost': `
    from recommendations where gross_saving_month < 0 or cash_saving_month < 0 or gross_saving_month > monthly_cost + 0.000001 or monthly_cost <= 0`,
  'a currency that is not on the bill':
    'from recommendations where currency not in (select BillingCurrency from charges)',
  'a confidence that is none, or a countable finding without one': `
    from recommendations where not confidence between 0 and 0.95 or role = 'counted' and confidence is null`,
  'money counted without a price': `from recommendations where role = 'counted' and (price_source is null or cash_saving_month is null)`,
  'more than the resource costs': `
    select resource_key from candidates join waterfall using (finding_key) group by all
    having sum(cash_saving) > max(resource_cost) + 0.000001`,
  'more than the account spends': `
    with saved as (
      select provider, sub_account_id, currency, sum(cash_saving_month) as saving from recommendations where role = 'counted' group by all
    ),
    spent as (select provider, sub_account_id, currency, sum(greatest(monthly_cost, 0)) as cost from usage_resources group by all)
    select s.* from saved as s left join spent as p
      on p.provider = s.provider and p.currency = s.currency and p.sub_account_id is not distinct from s.sub_account_id
    where coalesce(saving > cost, true)`,
}

/** Each thing that no recommendation may be and that is there, with its first row; after `recommend` on this connection. */
export async function brokenIn(warehouse: Warehouse): Promise<unknown[]> {
  const found: unknown[] = []
  for (const [what, sql] of Object.entries(broken)) {
    const [row] = (await warehouse.query(sql)).rows
    if (row) found.push([what, row])
  }
  return found
}
