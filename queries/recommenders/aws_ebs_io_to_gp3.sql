-- Which provisioned-IOPS volumes stay within what gp3 gives?
--
-- rule:
--   id         aws.ebs.io-to-gp3
--   class      C
--   effort     M
--   risk       m
--   step       tier
--   action     Change the volume type to gp3 with the same IOPS, after a look at latency.
-- params:
--   $start_date date                  first day of the look-back, inclusive (UTC)
--   $end_date   date                  last day, exclusive (UTC)
--   $max_iops   double default 16000  most IOPS that gp3 gives
-- source:  steampipe thrifty: io1 and io2 up to 16,000 IOPS; io2 alone for io1 usually saves nothing

with volumes as (
    select
        provider, billing_account_id, sub_account_id, region_id, service_name, resource_id, currency,
        sum(effective_cost) as cost,
        provisioned_size(sum(quantity_hours) filter (not is_iops), sum(hours) filter (not is_iops)) as gb,
        provisioned_size(sum(quantity_hours) filter (is_iops), sum(hours) filter (is_iops)) as iops,
        coalesce(gb * sum(effective_cost) filter (not is_iops)::double / nullif(sum(quantity) filter (not is_iops), 0)::double, 0)
            + iops * sum(effective_cost) filter (is_iops)::double / nullif(sum(quantity) filter (is_iops), 0)::double as full_cost,
        min(first_at) as first_at,
        min(charge_date) as first_day,
        list(distinct raw_meter order by raw_meter) as meters,
    from (select *, meter like 'EBS:VolumeP-IOPS%' as is_iops from usage_days)
    where provider = 'aws' and charge_date >= $start_date::date
        and regexp_matches(meter, '^EBS:(VolumeUsage\.(piops|io2)|VolumeP-IOPS\.(piops|io2))') and resource_id is not null
    group by all
),
prices as (
    select
        region_id, currency,
        min(unit_price) filter (meter = 'EBS:VolumeUsage.gp3')::double as gb_price,
        min(price_source) filter (meter = 'EBS:VolumeUsage.gp3') as price_source,
        coalesce(min(unit_price) filter (meter = 'EBS:VolumeP-IOPS.gp3')::double, gb_price / 16) as iops_price,
    from unit_prices
    where provider = 'aws' and meter like 'EBS:Volume%gp3'
    group by all
),
found as (
    select v.*, p.price_source, (coalesce(gb, 0) * gb_price + greatest(0, iops - 3000) * iops_price)::decimal(28, 10) as gp3_cost,
    from volumes as v
    left join prices as p on p.region_id = v.region_id and p.currency = v.currency
    where iops <= $max_iops::double
)
select
    provider, billing_account_id, sub_account_id, region_id, service_name, resource_id, currency,
    cost::decimal(38, 15) as observed_cost,
    per_month(cost, first_at, $end_date::date) as monthly_cost,
    (full_cost::decimal(28, 10) - gp3_cost)::decimal(38, 10) as monthly_saving,
    price_source as price_source,
    meters, first_day,
    printf('%.0f GB and %.0f IOPS would cost %.2f %s a month as gp3; throughput above 125 MiB/s is not in the bill', coalesce(gb, 0), iops, coalesce(gp3_cost, 0)::double, currency) as explanation,
from found
order by provider, sub_account_id, resource_id, currency
