-- Which commitments were bought, and what did they cost? Cash ledger: BilledCost of purchases.
--
-- grain:   one row per charge_month, commitment_id, commitment_type, charge_frequency, billing_currency
-- params:
--   $start_date date default null  first charge day, inclusive (UTC)
--   $end_date   date default null  last charge day, exclusive (UTC)
-- columns:
--   charge_month      varchar
--   commitment_id     varchar
--   commitment_type   varchar
--   charge_frequency  varchar          One-Time upfront, Recurring fees
--   billing_currency  varchar
--   commitment_name   varchar
--   provider          varchar
--   billed_cost       decimal(38, 15)
-- source:  marts monthly and daily
-- scope:   team

select
    charge_month,
    commitment_id,
    commitment_type,
    charge_frequency,
    billing_currency,
    max(commitment_name) as commitment_name,
    max(provider) as provider,
    sum(billed_cost) as billed_cost,
from costs_between($start_date::date, $end_date::date)
where row_class = 'principal'
group by all
order by billing_currency, charge_month, billed_cost desc nulls last, charge_month
