-- In which month do the spread daily costs, or whole months, differ from the charges?
--
-- grain:   one row per charge_month, billing_currency that differs; no row when sound
-- columns:
--   severity          varchar          error
--   charge_month      varchar
--   billing_currency  varchar
--   mart              varchar          the one that differs from daily
--   difference        decimal(38, 15)  mart − daily
-- source:  marts daily, daily_accrual, dimension_days, monthly

with days as (
    select charge_month, billing_currency, sum(effective_cost) as cost from daily group by all
),
derived as (
    select 'daily_accrual' as mart, strftime(charge_date, '%Y-%m') as charge_month, billing_currency, sum(effective_cost) as cost
    from daily_accrual group by all
    union all
    select 'dimension_days', strftime(charge_date, '%Y-%m') as charge_month, billing_currency, sum(effective_cost)
    from dimension_days where dimension = 'total' group by all
    union all
    select 'monthly', charge_month, billing_currency, sum(effective_cost) from monthly group by all
)
select
    'error' as severity,
    coalesce(d.charge_month, m.charge_month) as charge_month,
    coalesce(d.billing_currency, m.billing_currency) as billing_currency,
    m.mart,
    coalesce(m.cost, 0) - coalesce(d.cost, 0) as difference,
from derived as m
full join days as d on d.charge_month = m.charge_month and d.billing_currency = m.billing_currency
where coalesce(m.cost, 0) <> coalesce(d.cost, 0)
order by charge_month, billing_currency, m.mart
