-- What does each service cost in each region? Both ledgers side by side, never added.
--
-- grain:   one row per region_id, service_name, billing_currency
-- params:
--   $start_date date default null  first charge day, inclusive (UTC)
--   $end_date   date default null  last charge day, exclusive (UTC)
-- columns:
--   region_id         varchar          null: global or not located
--   service_name      varchar
--   billing_currency  varchar
--   billed_cost       decimal(38, 15)  cash ledger
--   effective_cost    decimal(38, 15)  accrual ledger
--   charge_count      bigint
-- source:  marts monthly and daily
-- scope:   team

select
    region_id,
    service_name,
    billing_currency,
    sum(billed_cost) as billed_cost,
    sum(effective_cost) as effective_cost,
    cast(sum(charge_count) as bigint) as charge_count,
from costs_between($start_date::date, $end_date::date)
group by all
order by billing_currency, effective_cost desc nulls last, region_id
