-- Which NAT gateways run and carry nothing?
--
-- rule:
--   id         aws.nat.idle
--   class      B
--   effort     S
--   risk       m
--   step       eliminate
--   action     Delete the gateway and the routes to it.
-- params:
--   $start_date date  first day of the look-back, inclusive (UTC)
--   $end_date   date  last day, exclusive (UTC)
-- source:  NatGateway-Hours without NatGateway-Bytes for the whole look-back; CUDOS, vector O04

with found as (
    select
        provider, billing_account_id, sub_account_id, region_id, service_name, resource_id, currency,
        sum(effective_cost) filter (is_hour) as cost,
        sum(quantity) filter (is_hour) as quantity,
        coalesce(sum(quantity) filter (not is_hour), 0) as traffic,
        min(first_at) as first_at,
        min(charge_date) as first_day,
        list(distinct raw_meter order by raw_meter) as meters,
    from (select *, regexp_matches(meter, '^NatGateway-Hours') as is_hour from usage_days)
    where provider = 'aws' and charge_date >= $start_date::date and resource_id is not null
    group by all
    having bool_or(is_hour) and traffic <= 0
)
select
    provider, billing_account_id, sub_account_id, region_id, service_name, resource_id, currency,
    cost::decimal(38, 15) as observed_cost,
    per_month(cost, first_at, $end_date::date) as monthly_cost,
    per_month(cost, first_at, $end_date::date) as monthly_saving,
    null::decimal(38, 10) as one_off_cost,
    null::double as covered_fraction,
    least(1, date_diff('hour', first_at, $end_date::date::timestamp) / date_diff('hour', $start_date::date::timestamp, $end_date::date::timestamp))::double as data_factor,
    'rows' as price_source,
    meters, first_day,
    printf('%.0f gateway hours and no other charge on it: %.2f %s in the look-back', quantity::double, cost::double, currency) as explanation,
from found
order by provider, sub_account_id, resource_id, currency
