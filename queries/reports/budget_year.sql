-- What is budgeted for a calendar year?
--
-- grain:   one row per budget, ledger, billing_currency
-- params:
--   $year       varchar                 e.g. 2026
--   $dimension  varchar default total   one of: team, product, environment, account, service, provider, total
-- columns:
--   budget            varchar
--   dimension         varchar
--   value             varchar          total for the budget of everything
--   ledger            varchar          accrual: EffectiveCost; cash: BilledCost
--   billing_currency  varchar
--   months            bigint           months of the year that have an amount
--   budget_amount     decimal(38, 15)
--   state             varchar          ok, or incomplete while months are without an amount
--   reason            varchar
-- source:  table budgets; specs/budgets.md sections 1 and 4

select
    budget,
    dimension,
    coalesce(value, 'total') as value,
    coalesce(ledger, 'accrual') as ledger,
    currency as billing_currency,
    count(distinct month) as months,
    cast(sum(amount) as decimal(38, 15)) as budget_amount,
    case when count(distinct month) = 12 then 'ok' else 'incomplete' end as state,
    case when count(distinct month) < 12 then 'only ' || count(distinct month) || ' of 12 months have a budget' end as reason,
from budgets
where dimension = $dimension::varchar and starts_with(month, $year::varchar || '-')
group by all
order by billing_currency, budget_amount desc, budget, value, ledger
