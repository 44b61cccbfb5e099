-- Why does the invoice differ from the cost of the month? Cash beside accrual, the difference split by its cause.
--
-- grain:   one row per billing_period, provider, billing_currency
-- params:
--   $start_month varchar default null  first billing month, inclusive, e.g. 2026-01
--   $end_month   varchar default null  last billing month, exclusive, e.g. 2027-01
-- columns:
--   billing_period        varchar          YYYY-MM
--   provider              varchar
--   billing_currency      varchar
--   billed_cost           decimal(38, 15)  cash ledger
--   effective_cost        decimal(38, 15)  accrual ledger
--   difference            decimal(38, 15)  billed_cost − effective_cost
--   commitment_purchases  decimal(38, 15)  billed for commitments, amortised elsewhere
--   commitment_amortised  decimal(38, 15)  effective minus billed cost of covered and unused usage
--   other_prepayments     decimal(38, 15)  the rest: purchases without commitment id and what they cover
--   unknown_effective     bigint           charges without EffectiveCost
-- source:  mart daily; specs/focus.md section 7
-- scope:   team

with sums as (
    select
        billing_period,
        provider,
        billing_currency,
        sum(billed_cost) as billed_cost,
        sum(effective_cost) as effective_cost,
        coalesce(sum(billed_cost - effective_cost) filter (row_class = 'principal'), 0) as commitment_purchases,
        coalesce(sum(effective_cost - billed_cost) filter (row_class in ('used', 'unused')), 0) as commitment_amortised,
        cast(sum(null_effective_count) as bigint) as unknown_effective,
    from monthly
    where ($start_month::varchar is null or billing_period >= $start_month::varchar)
        and ($end_month::varchar is null or billing_period < $end_month::varchar)
    group by all
)
select
    billing_period,
    provider,
    billing_currency,
    billed_cost,
    effective_cost,
    billed_cost - effective_cost as difference,
    commitment_purchases,
    commitment_amortised,
    billed_cost - effective_cost - commitment_purchases + commitment_amortised as other_prepayments,
    unknown_effective,
from sums
order by billing_period, billing_currency, billed_cost desc nulls last, provider
