-- What do marketplace vendors and other issuers charge? Both ledgers side by side, never added.
--
-- grain:   one row per provider, invoice_issuer, billing_currency
-- params:
--   $start_date date default null  first charge day, inclusive (UTC)
--   $end_date   date default null  last charge day, exclusive (UTC)
-- columns:
--   provider          varchar          ServiceProviderName
--   invoice_issuer    varchar
--   billing_currency  varchar
--   billed_cost       decimal(38, 15)  cash ledger
--   effective_cost    decimal(38, 15)  accrual ledger
--   charge_count      bigint
-- source:  marts monthly and daily
-- scope:   team

select
    provider,
    invoice_issuer,
    billing_currency,
    sum(billed_cost) as billed_cost,
    sum(effective_cost) as effective_cost,
    cast(sum(charge_count) as bigint) as charge_count,
from costs_between($start_date::date, $end_date::date)
group by all
order by billing_currency, effective_cost desc nulls last, provider
