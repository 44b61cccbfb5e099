-- What does each account cost? Both ledgers side by side, never added.
--
-- grain:   one row per sub_account_id, billing_currency
-- params:
--   $start_date date default null  first charge day, inclusive (UTC)
--   $end_date   date default null  last charge day, exclusive (UTC)
-- columns:
--   sub_account_id    varchar
--   billing_currency  varchar
--   sub_account_name  varchar
--   provider          varchar
--   billing_account_id varchar
--   services          bigint
--   billed_cost       decimal(38, 15)  cash ledger
--   effective_cost    decimal(38, 15)  accrual ledger
--   charge_count      bigint
-- source:  marts monthly and daily
-- scope:   team

select
    sub_account_id,
    billing_currency,
    max(sub_account_name) as sub_account_name,
    max(provider) as provider,
    max(billing_account_id) as billing_account_id,
    count(distinct service_name) as services,
    sum(billed_cost) as billed_cost,
    sum(effective_cost) as effective_cost,
    cast(sum(charge_count) as bigint) as charge_count,
from costs_between($start_date::date, $end_date::date)
group by all
order by billing_currency, effective_cost desc nulls last, sub_account_id
