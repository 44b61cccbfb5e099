-- Which Premium disks wait for a machine that does not run?
--
-- Links disks to machines as az.disk.orphan does; a machine without compute hours for 14 days is stopped or gone.
--
-- rule:
--   id         az.disk.premium-on-stopped
--   class      D
--   effort     S
--   risk       m
--   step       tier
--   reach      estate
--   action     Change the disk to Standard SSD while the machine is stopped.
-- params:
--   $start_date date  first day of the look-back, inclusive (UTC)
--   $end_date   date  last day, exclusive (UTC)
-- source:  finops-toolkit; price_ratios.csv where the bill has no price of the Standard SSD

with disks as (
    from linked_disks(
        'azure',
        regexp_matches(resource_id, '(?i)/microsoft\.compute/disks/'),
        coalesce(unit = 'Hours', true) and regexp_matches(resource_id, '(?i)/microsoft\.compute/virtualmachine(s|scalesets)/'),
        split_part(lower(resource_id), '/', 5), ('_', '-'), $start_date::date
    )
),
stopped as (
    select
        u.*, l.last_used, p.unit_price as target_price, p.price_source as own_source, cast(r.ratio as double) as ratio, r.dated,
        regexp_replace(u.meter, '^P', 'E') as target,
    from usage_days as u
    inner join disks as l on l.resource_id = u.resource_id and l.last_used < $end_date::date - 14
    left join unit_prices as p
        on p.provider = 'azure' and p.meter = regexp_replace(u.meter, '^P', 'E') and p.region_id = u.region_id and p.currency = u.currency
    left join price_ratios as r on r.kind = 'disk-standard-ssd' and regexp_matches(u.meter, r.pattern)
    where u.charge_date >= $start_date::date and regexp_matches(u.meter, '^P[0-9]+ ')
)
select
    provider, billing_account_id, sub_account_id, region_id, service_name, resource_id, currency,
    sum(effective_cost)::decimal(38, 15) as observed_cost,
    per_month(sum(effective_cost), min(first_at), $end_date::date) as monthly_cost,
    per_month(sum(coalesce(effective_cost - priced_at(quantity, target_price), share_of(effective_cost, 1 - ratio))), min(first_at), $end_date::date) as monthly_saving,
    coalesce(any_value(own_source), 'ratio: price table of ' || max(dated)) as price_source,
    list(distinct raw_meter order by raw_meter) as meters,
    min(charge_date) as first_day,
    printf('%s instead of Premium; the machine was last charged on %s', any_value(target), max(last_used)::varchar) as explanation,
from stopped
group by all
having sum(effective_cost) > 0
order by provider, sub_account_id, resource_id, currency
