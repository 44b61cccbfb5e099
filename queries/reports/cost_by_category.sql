-- What does each kind of service cost? Both ledgers side by side, never added.
--
-- grain:   one row per service_category, service_subcategory, billing_currency
-- params:
--   $start_date date default null  first charge day, inclusive (UTC)
--   $end_date   date default null  last charge day, exclusive (UTC)
-- columns:
--   service_category  varchar
--   service_subcategory varchar
--   billing_currency  varchar
--   billed_cost       decimal(38, 15)  cash ledger
--   effective_cost    decimal(38, 15)  accrual ledger
--   charge_count      bigint
-- source:  marts monthly and daily
-- scope:   team

select
    service_category,
    service_subcategory,
    billing_currency,
    sum(billed_cost) as billed_cost,
    sum(effective_cost) as effective_cost,
    cast(sum(charge_count) as bigint) as charge_count,
from costs_between($start_date::date, $end_date::date)
group by all
order by billing_currency, effective_cost desc nulls last, service_category
