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

select
    provider, billing_account_id, sub_account_id, region_id, service_name, resource_id, currency,
    cost::decimal(38, 15) as observed_cost,
    per_month(cost, first_at, $end_date::date) as monthly_cost,
    share_of(per_month(cost, first_at, $end_date::date), $share::double) as monthly_saving,
    'scenario' as price_source,
    meters, first_day,
    printf('%.0f GB processed for %.2f %s in the look-back; scenario: %.0f %% of it goes to S3 or DynamoDB', quantity::double, cost::double, currency, 100 * $share::double) as explanation,
from charged(provider = 'aws' and regexp_matches(meter, '^NatGateway-Bytes'), $start_date::date)
order by provider, sub_account_id, resource_id, currency
