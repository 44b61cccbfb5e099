-- What was spent each month, by provider? Both ledgers side by side, never added.
--
-- The cash view keeps a correction in the month it was billed; the service view moves it to the month it refers to.
--
-- grain:   one row per month, provider, billing_currency
-- params:
--   $month_of    varchar default billing_period  one of: billing_period, charge_period
--   $start_month varchar default null            first month, inclusive, e.g. 2026-01
--   $end_month   varchar default null            last month, exclusive, e.g. 2027-01
-- columns:
--   month             varchar          YYYY-MM
--   provider          varchar
--   billing_currency  varchar
--   billed_cost       decimal(38, 15)  cash ledger
--   effective_cost    decimal(38, 15)  accrual ledger
--   correction_billed_cost decimal(38, 15)  the part of billed_cost with ChargeClass Correction
--   charge_count      bigint
--   is_complete       boolean          false while the month is in flight
-- source:  mart daily; specs/reconciliation.md section 3
-- scope:   team

with grouped as (
    select
        case $month_of::varchar when 'charge_period' then charge_month else billing_period end as month,
        provider,
        billing_currency,
        sum(billed_cost) as billed_cost,
        sum(effective_cost) as effective_cost,
        coalesce(sum(billed_cost) filter (charge_class = 'Correction'), 0) as correction_billed_cost,
        cast(sum(charge_count) as bigint) as charge_count,
    from monthly
    group by all
)
select
    g.month,
    g.provider,
    g.billing_currency,
    g.billed_cost,
    g.effective_cost,
    g.correction_billed_cost,
    g.charge_count,
    coalesce(m.is_complete, true) as is_complete,
from grouped as g
left join months as m on m.charge_month = g.month
where ($start_month::varchar is null or g.month >= $start_month::varchar)
    and ($end_month::varchar is null or g.month < $end_month::varchar)
order by g.month, g.billing_currency, g.effective_cost desc nulls last, g.provider
