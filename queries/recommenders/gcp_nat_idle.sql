-- Which NAT gateways carry nothing?
--
-- rule:
--   id         gcp.nat.idle
--   class      B
--   effort     S
--   risk       m
--   step       eliminate
--   reach      estate
--   action     Delete the NAT configuration and its addresses.
-- params:
--   $start_date date  first day of the look-back, inclusive (UTC)
--   $end_date   date  last day, exclusive (UTC)
-- source:  SKUs Cloud NAT uptime and data processing (names to confirm); https://cloud.google.com/nat/pricing

with metered as (
    select *, regexp_matches(meter, '(?i)\bnat\b.*(uptime|gateway)') and unit = 'Hours' as is_standing, regexp_matches(meter, '(?i)\bnat\b.*data') as is_traffic,
    from usage_days
    where provider = 'gcp' and charge_date >= $start_date::date and regexp_matches(meter, '(?i)\bnat\b')
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
    printf('%s gateway hours and no data processing in %d days', sum(quantity)::decimal(18, 1)::varchar, count(distinct charge_date)) as explanation,
from metered
group by all
having bool_or(is_standing) and sum(effective_cost) > 0
    and not coalesce(bool_or(is_traffic and was_used(quantity, effective_cost)), false)
    and not exists (
        select 1 from metered as m
        where m.is_traffic and was_used(m.quantity, m.effective_cost) and m.resource_id is null and m.sub_account_id is not distinct from any_value(metered.sub_account_id)
            and m.region_id is not distinct from any_value(metered.region_id)
    )
order by provider, sub_account_id, resource_id, currency
