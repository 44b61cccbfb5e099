-- Which NAT gateways process much data?
--
-- rule:
--   id         aws.nat.hot
--   class      E
--   effort     M
--   risk       l
--   step       tier
--   action     Send traffic to S3 and DynamoDB through gateway endpoints, which are free.
-- params:
--   $start_date date                first day of the look-back, inclusive (UTC)
--   $end_date   date                last day, exclusive (UTC)
--   $share      double default 0.6  share of the cost that goes
-- source:  usage type NatGateway-Bytes; the share to S3 and DynamoDB is not in the bill: a scenario (vector O10)

with found as (
    select
        provider, billing_account_id, sub_account_id, region_id, service_name, resource_id, currency,
        sum(effective_cost) as cost,
        min(first_at) as first_at,
        min(charge_date) as first_day,
        list(distinct raw_meter order by raw_meter) as meters,
        sum(quantity) as quantity,
    from usage_days
    where provider = 'aws' and charge_date >= $start_date::date
        and regexp_matches(meter, '^NatGateway-Bytes')
    group by all
)
select
    provider, billing_account_id, sub_account_id, region_id, service_name, resource_id, currency,
    cost::decimal(38, 15) as observed_cost,
    per_month(cost, first_at, $end_date::date) as monthly_cost,
    share_of(per_month(cost, first_at, $end_date::date), $share::double) as monthly_saving,
    null::decimal(38, 10) as one_off_cost,
    null::double as covered_fraction,
    1::double as data_factor,
    'scenario' as price_source,
    meters, first_day,
    printf('%.0f GB processed for %.2f %s in the look-back; scenario: %.0f %% of it goes to S3 or DynamoDB', quantity::double, cost::double, currency, 100 * $share::double) as explanation,
from found
order by provider, sub_account_id, resource_id, currency
