-- Which closed periods were corrected, and by how much? Cash ledger.
--
-- grain:   one row per billing_period, charge_month, service_name, sub_account_id, billing_currency
-- params:
--   $start_date date default null  first charge day, inclusive (UTC)
--   $end_date   date default null  last charge day, exclusive (UTC)
-- columns:
--   billing_period    varchar          month that the correction was billed in
--   charge_month      varchar          month that it refers to
--   service_name      varchar
--   sub_account_id    varchar
--   billing_currency  varchar
--   billed_cost       decimal(38, 15)  cash ledger
--   charge_count      bigint
-- source:  marts monthly and daily
-- scope:   team

select
    billing_period,
    charge_month,
    service_name,
    sub_account_id,
    billing_currency,
    sum(billed_cost) as billed_cost,
    cast(sum(charge_count) as bigint) as charge_count,
from costs_between($start_date::date, $end_date::date)
where charge_class = 'Correction'
group by all
order by billing_currency, billing_period, billed_cost, billing_period
