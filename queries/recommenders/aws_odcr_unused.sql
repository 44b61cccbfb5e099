-- Which capacity reservations are paid for and run nothing?
--
-- rule:
--   id         aws.odcr.unused
--   class      A
--   effort     S
--   risk       m
--   step       eliminate
--   look_back  14
--   action     Cancel the capacity reservation, or start instances that match it.
-- params:
--   $start_date date  first day of the look-back, inclusive (UTC)
--   $end_date   date  last day, exclusive (UTC)
-- source:  usage types UnusedBox and UnusedDed, CapacityReservationStatus Unused; CUDOS; rows that a commitment covers free the commitment, not cash

with found as (
    select
        provider, billing_account_id, sub_account_id, region_id, service_name, resource_id, currency,
        sum(effective_cost) as cost,
        min(first_at) as first_at,
        min(charge_date) as first_day,
        list(distinct raw_meter order by raw_meter) as meters,
        sum(quantity) as quantity,
        coalesce(sum(effective_cost) filter (not is_covered), 0) as uncovered,
    from usage_days
    where provider = 'aws' and charge_date >= $start_date::date
        and (regexp_matches(meter, '^Unused(Box|Ded)') or capacity_status = 'Unused')
    group by all
)
select
    provider, billing_account_id, sub_account_id, region_id, service_name, resource_id, currency,
    cost::decimal(38, 15) as observed_cost,
    per_month(cost, first_at, $end_date::date) as monthly_cost,
    per_month(uncovered, first_at, $end_date::date) as monthly_saving,
    (1 - uncovered / nullif(cost, 0))::double as covered_fraction,
    'rows' as price_source,
    meters, first_day,
    printf('%.0f unused hours, %.2f %s in the look-back, of which a commitment covers %.2f', quantity::double, cost::double, currency, (cost - uncovered)::double) as explanation,
from found
order by provider, sub_account_id, resource_id, currency
