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

with months as (
    select
        provider, billing_account_id, sub_account_id, region_id, service_name, resource_id, currency,
        coalesce(sum(effective_cost) filter (charge_date >= $start_date::date), 0) as cost,
        coalesce(sum(effective_cost) filter (charge_date < $start_date::date and charge_date >= $start_date::date - ($end_date::date - $start_date::date)::integer), 0) as cost_before,
        coalesce(sum(quantity) filter (charge_date >= $start_date::date), 0) as quantity,
        min(first_at) filter (charge_date >= $start_date::date) as first_at,
        min(charge_date) filter (charge_date >= $start_date::date) as first_day,
        list(distinct raw_meter order by raw_meter) as meters,
    from usage_days
    where provider = 'aws' and regexp_matches(meter, '^DataTransfer-Out-(O)?Bytes')
    group by all
),
found as (
    from months where cost > 0
)
select
    provider, billing_account_id, sub_account_id, region_id, service_name, resource_id, currency,
    cost::decimal(38, 15) as observed_cost,
    per_month(cost, first_at, $end_date::date) as monthly_cost,
    null::decimal(38, 10) as monthly_saving,
    null::decimal(38, 10) as one_off_cost,
    null::double as covered_fraction,
    1::double as data_factor,
    null::varchar as price_source,
    meters, first_day,
    printf('%.0f GB for %.2f %s in the look-back, %s before', quantity::double, cost::double, currency, case when cost_before > 0 then printf('%+.0f %% on the period', 100 * (cost / cost_before - 1)::double) else 'none' end) as explanation,
from found
order by provider, sub_account_id, resource_id, currency
