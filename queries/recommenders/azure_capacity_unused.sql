-- Which capacity reservations hold machines that do not run?
--
-- rule:
--   id         az.capacity.unused
--   class      A
--   effort     S
--   risk       m
--   step       eliminate
--   look_back  14
--   action     Lower the reserved quantity, or start the machines it is meant for.
-- params:
--   $start_date date  first day of the look-back, inclusive (UTC)
--   $end_date   date  last day, exclusive (UTC)
-- source:  CapacityReservationStatus Unused; the saving is the rows, net of commitments applied to them

select
    provider, billing_account_id, sub_account_id, region_id, service_name, resource_id, currency,
    sum(effective_cost)::decimal(38, 15) as observed_cost,
    per_month(sum(effective_cost), min(first_at), $end_date::date) as monthly_cost,
    per_month(sum(effective_cost), min(first_at), $end_date::date) as monthly_saving,
    (coalesce(sum(quantity) filter (is_covered), 0) / nullif(sum(quantity), 0))::double as covered_fraction,
    'rows' as price_source,
    list(distinct raw_meter order by raw_meter) as meters,
    min(charge_date) as first_day,
    printf('%s reserved hours without a machine', sum(quantity)::decimal(18, 1)::varchar) as explanation,
from usage_days
where provider = 'azure' and charge_date >= $start_date::date and capacity_status = 'Unused'
group by all
having sum(effective_cost) > 0
order by provider, sub_account_id, resource_id, currency
