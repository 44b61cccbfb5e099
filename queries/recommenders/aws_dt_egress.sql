-- Which resources move much data to the internet?
--
-- rule:
--   id         aws.dt.egress
--   class      E
--   effort     L
--   risk       m
--   step       tier
--   action     Look at what talks to what; keep traffic in one zone or region, compress, cache.
-- params:
--   $start_date date  first day of the look-back, inclusive (UTC)
--   $end_date   date  last day, exclusive (UTC)
-- source:  usage type DataTransfer-Out-(O)?Bytes; a list of hot spots, no promise

select
    provider, billing_account_id, sub_account_id, region_id, service_name, resource_id, currency,
    cost::decimal(38, 15) as observed_cost,
    per_month(cost, first_at, $end_date::date) as monthly_cost,
    null::decimal(38, 10) as monthly_saving,
    null::varchar as price_source,
    meters, first_day, explanation,
from transferred(provider = 'aws' and regexp_matches(meter, '^DataTransfer-Out-(O)?Bytes'), $start_date::date, $end_date::date)
order by provider, sub_account_id, resource_id, currency
