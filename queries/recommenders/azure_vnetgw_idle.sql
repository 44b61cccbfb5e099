-- Which virtual network gateways connect nothing?
--
-- Traffic of a gateway may be charged elsewhere or be free: absence counts only where another gateway of the billing account shows such charges.
--
-- rule:
--   id         az.vnetgw.idle
--   class      B
--   effort     S
--   risk       m
--   step       eliminate
--   action     Delete the gateway, or use the smallest size.
-- params:
--   $start_date date  first day of the look-back, inclusive (UTC)
--   $end_date   date  last day, exclusive (UTC)
-- source:  VPN Gateway hours; finops-toolkit finds these from inventory

with metered as (
    select
        *,
        regexp_matches(concat_ws(' | ', meter_sub_category, meter), '(?i)gw[0-9]|basic gateway|gateway$') as is_standing,
        regexp_matches(concat_ws(' | ', meter_sub_category, meter), '(?i)data transfer|data processed|s2s|p2s|connection') as is_traffic,
    from usage_days
    where provider = 'azure' and charge_date >= $start_date::date and regexp_matches(resource_id, '(?i)/microsoft\.network/virtualnetworkgateways/')
)
select
    provider, billing_account_id, sub_account_id, region_id, service_name, resource_id, currency,
    sum(effective_cost)::decimal(38, 15) as observed_cost,
    per_month(sum(effective_cost), min(first_at), $end_date::date) as monthly_cost,
    per_month(sum(effective_cost), min(first_at), $end_date::date) as monthly_saving,
    least(1, count(distinct charge_date) / 30.0)::double as data_factor,
    'rows' as price_source,
    list(distinct raw_meter order by raw_meter) as meters,
    min(charge_date) as first_day,
    printf('%s hours of a gateway and no traffic charge in %d days', sum(quantity) filter (is_standing)::decimal(18, 1)::varchar, count(distinct charge_date)) as explanation,
from metered
group by all
having bool_or(is_standing) and sum(effective_cost) > 0
    and not coalesce(bool_or(is_traffic and was_used(quantity, effective_cost)), false)
    and exists (select 1 from metered as m where m.is_traffic and m.billing_account_id = any_value(metered.billing_account_id))
order by provider, sub_account_id, resource_id, currency
