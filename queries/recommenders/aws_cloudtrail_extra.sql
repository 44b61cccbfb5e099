-- Which accounts pay for further copies of management events?
--
-- rule:
--   id         aws.cloudtrail.extra
--   class      A
--   effort     S
--   risk       m
--   step       eliminate
--   look_back  14
--   action     Keep one trail of management events, e.g. that of the organisation.
-- params:
--   $start_date date  first day of the look-back, inclusive (UTC)
--   $end_date   date  last day, exclusive (UTC)
-- source:  usage type PaidEventsRecorded; steampipe thrifty: the first copy is free

select
    provider, billing_account_id, sub_account_id, region_id, service_name, resource_id, currency,
    cost::decimal(38, 15) as observed_cost,
    per_month(cost, first_at, $end_date::date) as monthly_cost,
    per_month(cost, first_at, $end_date::date) as monthly_saving,
    'rows' as price_source,
    meters, first_day,
    printf('%.0f %s, %.2f %s in the look-back', quantity::double, 'paid events', cost::double, currency) as explanation,
from charged(provider = 'aws' and regexp_matches(meter, '^PaidEventsRecorded'), $start_date::date)
order by provider, sub_account_id, resource_id, currency
