-- Which ExpressRoute circuits are used by no gateway?
--
-- rule:
--   id         az.expressroute.unused
--   class      B
--   effort     M
--   risk       m
--   step       eliminate
--   reach      estate
--   action     Ask the network owners, then cancel the circuit with the carrier and delete it.
-- params:
--   $start_date date  first day of the look-back, inclusive (UTC)
--   $end_date   date  last day, exclusive (UTC)
-- source:  circuit meters of ExpressRoute without gateway or data meters in the subscription; finops-toolkit finds these from inventory

with routes as (
    select
        *,
        regexp_matches(meter, '(?i)circuit') and not regexp_matches(meter, '(?i)data transfer') as is_circuit,
        regexp_matches(concat_ws(' ', meter, meter_sub_category), '(?i)data transfer out|\bergw|gateway') as is_use,
    from usage_days
    where provider = 'azure' and charge_date >= $start_date::date
        and (regexp_matches(concat_ws(' ', service_name, meter_category, meter_sub_category), '(?i)expressroute') or regexp_matches(meter, '(?i)\bergw'))
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
    'neither a gateway nor data is charged in the subscription' as explanation,
from routes
where is_circuit
    and not exists (
        select 1 from routes as r
        where r.is_use and was_used(r.quantity, r.effective_cost) and r.sub_account_id is not distinct from routes.sub_account_id
    )
group by all
having sum(effective_cost) > 0
order by provider, sub_account_id, resource_id, currency
