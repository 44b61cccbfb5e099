-- Which complete days should recommenders look at?
--
-- grain:   one row; null before the first charge
-- params:
--   $settled date     first day whose charges may still change, exclusive end at the latest (UTC)
--   $days    integer  length of the look-back
-- source:  rollup_daily; a provider without a charge in the 45 days before the newest one does not hold the others back

with providers as (
    select provider, least(max(charge_date) + 1, $settled::date) as complete_through
    from rollup_daily
    where charge_category = 'Usage' and charge_date < $settled::date
    group by all
),
chosen as (
    select min(complete_through) as end_date
    from providers
    where complete_through > (select max(complete_through) - 45 from providers)
)
select end_date - $days::integer as start_date, end_date
from chosen
