-- Which databases pay extended support for an engine version past its end?
--
-- rule:
--   id         aws.rds.extsupport
--   class      A
--   effort     L
--   risk       h
--   step       tier
--   look_back  14
--   action     Upgrade the engine to a supported major version.
-- params:
--   $start_date date  first day of the look-back, inclusive (UTC)
--   $end_date   date  last day, exclusive (UTC)
-- source:  usage types with ExtendedSupport; CUDOS, steampipe thrifty; the saving is the surcharge rows, standby included (vector O05)

select
    provider, billing_account_id, sub_account_id, region_id, service_name, resource_id, currency,
    cost::decimal(38, 15) as observed_cost,
    per_month(cost, first_at, $end_date::date) as monthly_cost,
    per_month(cost, first_at, $end_date::date) as monthly_saving,
    'rows' as price_source,
    meters, first_day,
    printf('%.0f %s, %.2f %s in the look-back', quantity::double, 'vCPU hours of surcharge', cost::double, currency) as explanation,
from charged(provider = 'aws' and regexp_matches(meter, 'ExtendedSupport') and not regexp_matches(meter, 'EKS'), $start_date::date)
order by provider, sub_account_id, resource_id, currency
