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
        and regexp_matches(meter, 'ExtendedSupport') and not regexp_matches(meter, 'EKS')
    group by all
)
select
    provider, billing_account_id, sub_account_id, region_id, service_name, resource_id, currency,
    cost::decimal(38, 15) as observed_cost,
    per_month(cost, first_at, $end_date::date) as monthly_cost,
    per_month(cost, first_at, $end_date::date) as monthly_saving,
    null::decimal(38, 10) as one_off_cost,
    null::double as covered_fraction,
    1::double as data_factor,
    'rows' as price_source,
    meters, first_day,
    printf('%.0f %s, %.2f %s in the look-back', quantity::double, 'vCPU hours of surcharge', cost::double, currency) as explanation,
from found
order by provider, sub_account_id, resource_id, currency
