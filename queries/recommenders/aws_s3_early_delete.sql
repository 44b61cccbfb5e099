-- Which buckets pay for objects deleted before the minimum duration of their class?
--
-- rule:
--   id         aws.s3.earlydelete
--   class      A
--   effort     S
--   risk       l
--   step       tier
--   action     Keep such objects in Standard, or lengthen the lifecycle rule.
-- params:
--   $start_date date  first day of the look-back, inclusive (UTC)
--   $end_date   date  last day, exclusive (UTC)
-- source:  usage types EarlyDelete; the saving is the rows

select
    provider, billing_account_id, sub_account_id, region_id, service_name, resource_id, currency,
    cost::decimal(38, 15) as observed_cost,
    per_month(cost, first_at, $end_date::date) as monthly_cost,
    per_month(cost, first_at, $end_date::date) as monthly_saving,
    'rows' as price_source,
    meters, first_day,
    printf('%.0f %s, %.2f %s in the look-back', quantity::double, 'GB-months billed after deletion', cost::double, currency) as explanation,
from charged(provider = 'aws' and regexp_matches(meter, 'EarlyDelete'), $start_date::date)
order by provider, sub_account_id, resource_id, currency
