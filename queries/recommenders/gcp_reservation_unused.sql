-- Which reservations hold machines that do not run?
--
-- rule:
--   id         gcp.reservation.unused
--   class      A
--   effort     S
--   risk       m
--   step       eliminate
--   look_back  14
--   action     Shrink or delete the reservation, or start the machines it is meant for.
-- params:
--   $start_date date  first day of the look-back, inclusive (UTC)
--   $end_date   date  last day, exclusive (UTC)
-- source:  system label compute.googleapis.com/is_unused_reservation (documented), or SKUs that start with Reserved; net of commitments applied

select
    provider, billing_account_id, sub_account_id, region_id, service_name, resource_id, currency,
    sum(effective_cost)::decimal(38, 15) as observed_cost,
    per_month(sum(effective_cost), min(first_at), $end_date::date) as monthly_cost,
    per_month(sum(effective_cost), min(first_at), $end_date::date) as monthly_saving,
    (coalesce(sum(quantity) filter (is_covered), 0) / nullif(sum(quantity), 0))::double as covered_fraction,
    'rows' as price_source,
    list(distinct raw_meter order by raw_meter) as meters,
    min(charge_date) as first_day,
    printf('%s reserved unit-hours without a machine', sum(quantity)::decimal(18, 1)::varchar) as explanation,
from usage_days
where provider = 'gcp' and charge_date >= $start_date::date
    and (capacity_status = 'Unused' or capacity_status is null and regexp_matches(meter, '(?i)^reserved .*(core|ram|instance)'))
group by all
having sum(effective_cost) > 0
order by provider, sub_account_id, resource_id, currency
