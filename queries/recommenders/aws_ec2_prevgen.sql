-- Which instances are of a previous generation?
--
-- rule:
--   id         aws.ec2.prevgen
--   class      C
--   effort     M
--   risk       m
--   step       generation
--   evidence   on_demand
--   action     Move to the current generation of the same kind and size.
-- params:
--   $start_date date                 first day of the look-back, inclusive (UTC)
--   $end_date   date                 last day, exclusive (UTC)
--   $share      double default 0.05  saving where the price of the successor is unknown
-- source:  lookups/aws_instance_families.csv; own price of the successor, else KPI dashboard default 5 %

with machines as (
    select
        provider, billing_account_id, sub_account_id, region_id, service_name, resource_id, currency,
        meter, operation,
        regexp_extract(meter, '^BoxUsage:([a-z0-9-]+)\.(.+)$', ['family', 'size']) as kind,
        sum(effective_cost) as cost,
        sum(quantity) as hours,
        min(first_at) as first_at,
        min(charge_date) as first_day,
        list(distinct raw_meter order by raw_meter) as meters,
    from usage_days
    where provider = 'aws' and charge_date >= $start_date::date and meter like 'BoxUsage:%'
        and pricing_category is distinct from 'Dynamic' and not is_covered
    group by all
),
found as (
    select
        m.*, f.family, f.successor as target, p.unit_price, p.price_source,
        case when p.unit_price is null then share_of(cost, $share::double) else cost - (hours * p.unit_price)::decimal(38, 10) end as saved,
    from machines as m
    inner join instance_families as f on f.family = m.kind.family and f.is_previous
    left join unit_prices as p
        on p.provider = 'aws' and p.region_id = m.region_id and p.currency = m.currency
        and p.meter = 'BoxUsage:' || f.successor || '.' || m.kind.size and p.variant is not distinct from m.operation
)
select
    provider, billing_account_id, sub_account_id, region_id, service_name, resource_id, currency,
    cost::decimal(38, 15) as observed_cost,
    per_month(cost, first_at, $end_date::date) as monthly_cost,
    per_month(saved, first_at, $end_date::date) as monthly_saving,
    null::decimal(38, 10) as one_off_cost,
    null::double as covered_fraction,
    1::double as data_factor,
    coalesce(price_source, printf('ratio: KPI dashboard, %.0f %%', 100 * $share::double)) as price_source,
    meters, first_day,
    printf('%s to %s: %s', family, target, coalesce('at ' || rtrim(unit_price::varchar, '0') || ' an hour', printf('%.0f %% of %.2f %s in the look-back', 100 * $share::double, cost::double, currency))) as explanation,
from found
order by provider, sub_account_id, resource_id, currency
