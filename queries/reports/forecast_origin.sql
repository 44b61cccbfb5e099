-- Through which day can each currency be forecast, and which source holds it back?
--
-- A day counts as complete when a source has charges beyond it and landed two days or more after its end: bills of the last days
-- still grow. The two days are the default of specs/budgets.md section 3.
--
-- grain:   one row per billing_currency
-- columns:
--   billing_currency  varchar
--   first_day         date       first day with a charge
--   last_day          date       last day that is complete in every source of the currency, inclusive; null when unknown
--   held_back_by      varchar    the source that is complete through the earliest day
--   furthest_day      date       last complete day of the source that is ahead
--   charge_count      bigint
-- source:  daily, lake_versions; specs/forecast.md section 1

with sources as (
    select
        currency, source,
        cast(least(max(complete_through), arg_max(landed_at, complete_through) - interval 2 day) as date) as end_day,
    from lake_versions
    where complete_through is not null
    group by currency, source
),
complete as (
    select
        currency,
        cast(min(end_day) - interval 1 day as date) as last_day,
        arg_min(source, (end_day, source)) as held_back_by,
        cast(max(end_day) - interval 1 day as date) as furthest_day,
    from sources
    group by currency
),
charged as (
    select billing_currency, min(charge_date) as first_day, sum(charge_count) as charge_count from daily group by billing_currency
)
select
    c.billing_currency,
    c.first_day,
    k.last_day,
    k.held_back_by,
    k.furthest_day,
    cast(c.charge_count as bigint) as charge_count,
from charged as c
left join complete as k on k.currency = c.billing_currency
order by c.charge_count desc, c.billing_currency
