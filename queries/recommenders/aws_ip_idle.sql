-- Which public addresses are paid for and not used?
--
-- rule:
--   id         aws.ip.idle
--   class      A
--   effort     S
--   risk       l
--   step       eliminate
--   look_back  14
--   action     Release the address, or attach it.
-- params:
--   $start_date date  first day of the look-back, inclusive (UTC)
--   $end_date   date  last day, exclusive (UTC)
-- source:  usage types PublicIPv4:IdleAddress and ElasticIP:IdleAddress; CUDOS dashboard; the saving is the rows

select
    provider, billing_account_id, sub_account_id, region_id, service_name, resource_id, currency,
    cost::decimal(38, 15) as observed_cost,
    per_month(cost, first_at, $end_date::date) as monthly_cost,
    per_month(cost, first_at, $end_date::date) as monthly_saving,
    'rows' as price_source,
    meters, first_day,
    printf('%.0f %s, %.2f %s in the look-back', quantity::double, 'idle hours', cost::double, currency) as explanation,
from charged(provider = 'aws' and regexp_matches(meter, '^(PublicIPv4|ElasticIP):IdleAddress'), $start_date::date)
order by provider, sub_account_id, resource_id, currency
