-- Which tables store much and are used little?
--
-- rule:
--   id         aws.ddb.ia
--   class      C
--   effort     S
--   risk       l
--   step       tier
--   action     Change the table class to Standard-Infrequent Access.
-- params:
--   $start_date date  first day of the look-back, inclusive (UTC)
--   $end_date   date  last day, exclusive (UTC)
-- source:  DynamoDB pricing: IA stores at 0.4 and serves at 1.25 of the price, so saving = 0.6 × storage − 0.25 × throughput

with found as (
    select
        provider, billing_account_id, sub_account_id, region_id, service_name, resource_id, currency,
        sum(effective_cost) as cost,
        coalesce(sum(effective_cost) filter (meter like 'TimedStorage-%'), 0) as storage,
        coalesce(sum(effective_cost) filter (meter not like 'TimedStorage-%'), 0) as throughput,
        min(first_at) as first_at,
        min(charge_date) as first_day,
        list(distinct raw_meter order by raw_meter) as meters,
    from usage_days
    where provider = 'aws' and charge_date >= $start_date::date and regexp_matches(service_name, '(?i)dynamodb') and resource_id is not null
        and regexp_matches(meter, '^(TimedStorage-ByteHrs|(Read|Write)(RequestUnits|CapacityUnit-Hrs)$|ReplicatedWrite)')
    group by all
    having 0.6 * storage > 0.25 * throughput
)
select
    provider, billing_account_id, sub_account_id, region_id, service_name, resource_id, currency,
    cost::decimal(38, 15) as observed_cost,
    per_month(cost, first_at, $end_date::date) as monthly_cost,
    per_month(0.6 * storage - 0.25 * throughput, first_at, $end_date::date) as monthly_saving,
    'ratio: AWS price list' as price_source,
    meters, first_day,
    printf('storage %.2f, throughput %.2f %s in the look-back', storage::double, throughput::double, currency) as explanation,
from found
order by provider, sub_account_id, resource_id, currency
