-- How many public addresses in use could be shared or private?
--
-- rule:
--   id         aws.ip.inuse
--   class      E
--   effort     M
--   risk       m
--   step       eliminate
--   action     Use private endpoints, one shared NAT or load balancer.
-- params:
--   $start_date date                first day of the look-back, inclusive (UTC)
--   $end_date   date                last day, exclusive (UTC)
--   $share      double default 0.5  share of the cost that goes
-- source:  usage type PublicIPv4:InUseAddress; the replaceable share is not in the bill: a scenario

select
    provider, billing_account_id, sub_account_id, region_id, service_name, resource_id, currency,
    cost::decimal(38, 15) as observed_cost,
    per_month(cost, first_at, $end_date::date) as monthly_cost,
    share_of(per_month(cost, first_at, $end_date::date), $share::double) as monthly_saving,
    'scenario' as price_source,
    meters, first_day,
    printf('scenario of replaceable addresses: %.0f %% of %.2f %s in the look-back', 100 * $share::double, cost::double, currency) as explanation,
from charged(provider = 'aws' and regexp_matches(meter, '^PublicIPv4:InUseAddress'), $start_date::date)
order by provider, sub_account_id, resource_id, currency
