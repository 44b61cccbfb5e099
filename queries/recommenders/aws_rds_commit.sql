-- Which databases run all the time without a commitment?
--
-- rule:
--   id         aws.rds.commit
--   class      C
--   effort     S
--   risk       m
--   step       rate
--   reach      estate
--   evidence   on_demand
--   action     Size a reservation with `costwright commit size`.
-- params:
--   $start_date date  first day of the look-back, inclusive (UTC)
--   $end_date   date  last day, exclusive (UTC)
-- source:  specs/commitments.md: the size and its saving come from the replay of hourly usage, so no amount is given here

select
    provider, billing_account_id, sub_account_id, region_id, service_name, resource_id, currency,
    cost::decimal(38, 15) as observed_cost,
    per_month(cost, first_at, $end_date::date) as monthly_cost,
    null::decimal(38, 10) as monthly_saving,
    null::varchar as price_source,
    meters, first_day,
    printf('on demand every day: %.2f %s in the look-back', cost::double, currency) as explanation,
from uncommitted(provider = 'aws' and regexp_matches(meter, '^(InstanceUsage|Multi-AZUsage):'), $start_date::date, $end_date::date)
order by provider, sub_account_id, resource_id, currency
