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

select
    provider, billing_account_id, sub_account_id, region_id, service_name, resource_id, currency,
    standing_cost::decimal(38, 15) as observed_cost,
    per_month(standing_cost, first_at, $end_date::date) as monthly_cost,
    per_month(standing_cost, first_at, $end_date::date) as monthly_saving,
    seen_share(first_at, $start_date::date, $end_date::date) as data_factor,
    'rows' as price_source,
    meters, first_day,
    printf('%.0f gateway hours and no other charge on it: %.2f %s in the look-back', quantity::double, standing_cost::double, currency) as explanation,
from idle(provider = 'aws' and resource_id is not null, regexp_matches(meter, '^NatGateway-Hours'), not regexp_matches(meter, '^NatGateway-Hours'), 0, $start_date::date)
order by provider, sub_account_id, resource_id, currency
