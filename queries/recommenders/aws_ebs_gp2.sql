-- Which gp2 volumes would cost less as gp3 at the same performance?
--
-- rule:
--   id         aws.ebs.gp2
--   class      C
--   effort     S
--   risk       l
--   step       tier
--   action     Change the volume type to gp3, with the IOPS and throughput that gp2 gave.
-- params:
--   $start_date date  first day of the look-back, inclusive (UTC)
--   $end_date   date  last day, exclusive (UTC)
-- source:  vector O01: gp2 gives 3 IOPS a GB within 100 and 16,000 and 250 MiB/s above 170 GiB; gp3 gives 3,000 IOPS and 125 MiB/s and sells the rest

with volumes as (
    select
        provider, billing_account_id, sub_account_id, region_id, service_name, resource_id, currency,
        sum(effective_cost) as cost,
        sum(effective_cost)::double / nullif(sum(quantity), 0)::double as gp2_price,
        provisioned_size(sum(quantity_hours), sum(hours)) as gb,
        min(first_at) as first_at,
        min(charge_date) as first_day,
        list(distinct raw_meter order by raw_meter) as meters,
    from usage_days
    where provider = 'aws' and charge_date >= $start_date::date and regexp_matches(meter, '^EBS:VolumeUsage\.gp2$')
    group by all
),
prices as (
    select
        region_id, currency,
        min(unit_price) filter (meter = 'EBS:VolumeUsage.gp3')::double as gb_price,
        min(price_source) filter (meter = 'EBS:VolumeUsage.gp3') as price_source,
        -- AWS sells an IOPS at a sixteenth of the GB price and a MiB/s at half of it, in every region of its price list
        coalesce(min(unit_price) filter (meter = 'EBS:VolumeP-IOPS.gp3')::double, gb_price / 16) as iops_price,
        coalesce(min(unit_price) filter (meter = 'EBS:VolumeP-Throughput.gp3')::double, gb_price / 2) as throughput_price,
    from unit_prices
    where provider = 'aws' and meter like 'EBS:Volume%gp3'
    group by all
),
found as (
    select
        v.*, p.price_source,
        (gb * (gp2_price - gb_price))::decimal(28, 10) as baseline,
        least(greatest(3 * gb, 100), 16000) as iops,
        (greatest(0, iops - 3000) * iops_price + if(gb > 170, 125 * throughput_price, 0))::decimal(28, 10) as extra,
    from volumes as v
    left join prices as p on p.region_id = v.region_id and p.currency = v.currency
)
select
    provider, billing_account_id, sub_account_id, region_id, service_name, resource_id, currency,
    cost::decimal(38, 15) as observed_cost,
    per_month(cost, first_at, $end_date::date) as monthly_cost,
    (baseline - extra)::decimal(38, 10) as monthly_saving,
    price_source as price_source,
    meters, first_day,
    printf('%.0f GB, %.0f IOPS: %.2f %s less for storage, %.2f more for IOPS and throughput above the base of gp3', gb, iops, coalesce(baseline, 0)::double, currency, coalesce(extra, 0)::double) as explanation,
from found
order by provider, sub_account_id, resource_id, currency
