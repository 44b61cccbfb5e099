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

select
    provider, billing_account_id, sub_account_id, region_id, service_name, resource_id, currency,
    cost::decimal(38, 15) as observed_cost,
    per_month(cost, first_at, $end_date::date) as monthly_cost,
    per_month(cost, first_at, $end_date::date) as monthly_saving,
    least(1, days / 30.0)::double as data_factor,
    'rows' as price_source,
    meters, first_day,
    printf('%s hours of rules and no traffic charge in %d days', quantity::decimal(18, 1)::varchar, days) as explanation,
from idle(
    provider = 'azure' and regexp_matches(resource_id, '(?i)/microsoft\.network/loadbalancers/'),
    regexp_matches(concat_ws(' | ', meter_sub_category, meter), '(?i)rules'),
    regexp_matches(concat_ws(' | ', meter_sub_category, meter), '(?i)data processed'),
    0, $start_date::date
)
where cost > 0
order by provider, sub_account_id, resource_id, currency
