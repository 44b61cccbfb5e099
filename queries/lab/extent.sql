-- Which hours can the purchase lab look at?
--
-- grain:   one row; null without usage
-- params:
--   $settled date  first day whose charges may still change, exclusive end at the latest (UTC)
-- source:  rollup_daily; a provider without a charge in the 45 days before the newest one does not hold the others back

with providers as (
    select provider, min(charge_date) as first_date, least(max(charge_date) + 1, $settled::date) as complete_through,
    from rollup_daily
    where charge_category = 'Usage' and charge_date < $settled::date and spans_days <= 2
    group by all
),
chosen as (
    select * from providers where complete_through > (select max(complete_through) - 45 from providers)
)
select
    cast(min(complete_through) as varchar) as end_date,
    cast(greatest(min(first_date), min(complete_through) - 400) as varchar) as start_date,
from chosen
