-- In which month do the spread daily costs differ from the charges?
--
-- grain:   one row per charge_month, billing_currency that differs; no row when sound
-- columns:
--   severity          varchar          error
--   charge_month      varchar
--   billing_currency  varchar
--   difference        decimal(38, 15)  daily_accrual − daily
-- source:  marts daily_accrual, daily

with pairs as (
    select strftime(charge_date, '%Y-%m') as charge_month, billing_currency, sum(effective_cost) as difference from daily_accrual group by all
    union all
    select charge_month, billing_currency, -sum(effective_cost) from daily group by all
)
select 'error' as severity, charge_month, billing_currency, sum(difference) as difference
from pairs
group by charge_month, billing_currency
having coalesce(sum(difference), 0) <> 0
order by charge_month, billing_currency
