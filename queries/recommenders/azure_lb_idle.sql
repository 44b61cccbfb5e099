-- Which load balancers carry nothing?
--
-- rule:
--   id         az.lb.idle
--   class      B
--   effort     S
--   risk       m
--   step       eliminate
--   action     Delete the load balancer.
-- params:
--   $start_date date  first day of the look-back, inclusive (UTC)
--   $end_date   date  last day, exclusive (UTC)
-- source:  meters Standard Included LB Rules and Standard Data Processed; finops-toolkit finds these from inventory

with metered as (
    select
        *,
        regexp_matches(concat_ws(' | ', meter_sub_category, meter), '(?i)rules') as is_standing,
        regexp_matches(concat_ws(' | ', meter_sub_category, meter), '(?i)data processed') as is_traffic,
    from usage_days
    where provider = 'azure' and charge_date >= $start_date::date and regexp_matches(resource_id, '(?i)/microsoft\.network/loadbalancers/')
)
select
    provider, billing_account_id, sub_account_id, region_id, service_name, resource_id, currency,
    sum(effective_cost)::decimal(38, 15) as observed_cost,
    per_month(sum(effective_cost), min(first_at), $end_date::date) as monthly_cost,
    per_month(sum(effective_cost), min(first_at), $end_date::date) as monthly_saving,
    null::decimal(38, 10) as one_off_cost,
    null::double as covered_fraction,
    least(1, count(distinct charge_date) / 30.0)::double as data_factor,
    'rows' as price_source,
    list(distinct raw_meter order by raw_meter) as meters,
    min(charge_date) as first_day,
    printf('%s hours of rules and no traffic charge in %d days', sum(quantity) filter (is_standing)::decimal(18, 1)::varchar, count(distinct charge_date)) as explanation,
from metered
group by all
having bool_or(is_standing) and sum(effective_cost) > 0
    and coalesce(sum(quantity) filter (is_traffic), 0) = 0
order by provider, sub_account_id, resource_id, currency
