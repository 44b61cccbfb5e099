-- Which Aurora clusters would cost less with I/O included?
--
-- By account and region, because I/O and storage are billed on clusters and instances on their own. Ratios to confirm.
--
-- rule:
--   id         aws.aurora.io
--   class      C
--   effort     S
--   risk       l
--   step       tier
--   action     Switch the clusters to Aurora I/O-Optimized.
-- params:
--   $start_date date  first day of the look-back, inclusive (UTC)
--   $end_date   date  last day, exclusive (UTC)
-- source:  specs/optimisation.md section 3.1: saving = I/O − 0.30 × instances − 1.25 × storage; ratios to confirm

with found as (
    select
        provider, billing_account_id, sub_account_id, region_id, service_name, null::varchar as resource_id, currency,
        sum(effective_cost) as cost,
        coalesce(sum(effective_cost) filter (meter like 'Aurora:StorageIOUsage%'), 0) as io,
        coalesce(sum(effective_cost) filter (meter like 'Aurora:StorageUsage%'), 0) as storage,
        coalesce(sum(effective_cost) filter (meter like 'InstanceUsage:%' or meter like 'Aurora:Serverless%'), 0) as instances,
        min(first_at) as first_at,
        min(charge_date) as first_day,
        list(distinct raw_meter order by raw_meter) as meters,
    from usage_days
    where provider = 'aws' and charge_date >= $start_date::date
        and (regexp_matches(meter, '^Aurora:(Storage(IO)?Usage$|Serverless)') or meter like 'InstanceUsage:%' and regexp_matches(operation, ':00(16|21)$'))
    group by all
    having io > 0.30 * instances + 1.25 * storage
)
select
    provider, billing_account_id, sub_account_id, region_id, service_name, resource_id, currency,
    cost::decimal(38, 15) as observed_cost,
    per_month(cost, first_at, $end_date::date) as monthly_cost,
    per_month(io - (0.30 * instances + 1.25 * storage), first_at, $end_date::date) as monthly_saving,
    'ratio: to confirm' as price_source,
    meters, first_day,
    printf('I/O %.2f, instances %.2f, storage %.2f %s in the look-back', io::double, instances::double, storage::double, currency) as explanation,
from found
order by provider, sub_account_id, resource_id, currency
