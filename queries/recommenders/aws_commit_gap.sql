-- Which compute runs all the time without a commitment?
--
-- rule:
--   id         aws.commit.gap
--   class      C
--   effort     S
--   risk       m
--   step       rate
--   reach      estate
--   evidence   on_demand
--   action     Size a savings plan with `costwright commit size`.
-- params:
--   $start_date date  first day of the look-back, inclusive (UTC)
--   $end_date   date  last day, exclusive (UTC)
-- source:  specs/commitments.md: the size and its saving come from the replay of hourly usage, so no amount is given here

with found as (
    select
        provider, billing_account_id, null::varchar as sub_account_id, region_id, any_value(service_name) as service_name, null::varchar as resource_id, currency,
        sum(effective_cost) as cost,
        min(first_at) as first_at,
        min(charge_date) as first_day,
        list(distinct raw_meter order by raw_meter) as meters,
    from usage_days
    where provider = 'aws' and charge_date >= $start_date::date and not is_covered and pricing_category is distinct from 'Dynamic'
        and regexp_matches(meter, '^(BoxUsage:|Fargate-|Lambda-GB-Second)')
    group by all
    having count(distinct charge_date) >= 0.95 * ($end_date::date - $start_date::date)
)
select
    provider, billing_account_id, sub_account_id, region_id, service_name, resource_id, currency,
    cost::decimal(38, 15) as observed_cost,
    per_month(cost, first_at, $end_date::date) as monthly_cost,
    null::decimal(38, 10) as monthly_saving,
    null::varchar as price_source,
    meters, first_day,
    printf('on demand every day: %.2f %s in the look-back', cost::double, currency) as explanation,
from found
order by provider, sub_account_id, resource_id, currency
