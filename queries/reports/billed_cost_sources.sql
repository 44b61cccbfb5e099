-- What is the bill made of: usage, purchases, tax, credits, corrections? Cash ledger, with the accrual beside it.
--
-- grain:   one row per charge_category, charge_class, charge_frequency, billing_currency
-- params:
--   $start_date date default null  first charge day, inclusive (UTC)
--   $end_date   date default null  last charge day, exclusive (UTC)
-- columns:
--   charge_category   varchar
--   charge_class      varchar          Correction, else null
--   charge_frequency  varchar
--   billing_currency  varchar
--   billed_cost       decimal(38, 15)  cash ledger
--   effective_cost    decimal(38, 15)  accrual ledger
--   charge_count      bigint
-- source:  marts monthly and daily
-- scope:   team

select
    charge_category,
    charge_class,
    charge_frequency,
    billing_currency,
    sum(billed_cost) as billed_cost,
    sum(effective_cost) as effective_cost,
    cast(sum(charge_count) as bigint) as charge_count,
from costs_between($start_date::date, $end_date::date)
group by all
order by billing_currency, billed_cost desc nulls last, charge_category
