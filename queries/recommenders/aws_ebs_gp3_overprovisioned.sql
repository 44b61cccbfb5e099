-- Which gp3 volumes pay much for extra IOPS or throughput?
--
-- rule:
--   id         aws.ebs.gp3-overprovisioned
--   class      E
--   effort     S
--   risk       m
--   step       rightsize
--   action     Compare provisioned with used IOPS and throughput; lower them.
-- params:
--   $start_date date                first day of the look-back, inclusive (UTC)
--   $end_date   date                last day, exclusive (UTC)
--   $threshold  double default 0.3  share of the cost of the volume
-- source:  VolumeP-IOPS.gp3 and VolumeP-Throughput.gp3 above 30 % of the volume; use is not in the bill: a scenario

with found as (
    select
        provider, billing_account_id, sub_account_id, region_id, service_name, resource_id, currency,
        sum(effective_cost) filter (meter like 'EBS:VolumeP-%') as cost,
        sum(effective_cost) as total_cost,
        min(first_at) as first_at,
        min(charge_date) as first_day,
        list(distinct raw_meter order by raw_meter) as meters,
    from usage_days
    where provider = 'aws' and charge_date >= $start_date::date and regexp_matches(meter, '^EBS:Volume(Usage|P-IOPS|P-Throughput)\.gp3') and resource_id is not null
    group by all
    having cost > $threshold::double * total_cost
)
select
    provider, billing_account_id, sub_account_id, region_id, service_name, resource_id, currency,
    cost::decimal(38, 15) as observed_cost,
    per_month(cost, first_at, $end_date::date) as monthly_cost,
    per_month(cost, first_at, $end_date::date) as monthly_saving,
    'scenario' as price_source,
    meters, first_day,
    printf('%.0f %% of the volume pays for provisioned IOPS and throughput', 100 * (cost / total_cost)::double) as explanation,
from found
order by provider, sub_account_id, resource_id, currency
