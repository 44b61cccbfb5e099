-- Which AutoStop desktops cost more than AlwaysOn would?
--
-- rule:
--   id         aws.workspaces.mode
--   class      C
--   effort     S
--   risk       l
--   step       rate
--   action     Change the running mode of the desktop to AlwaysOn.
-- params:
--   $start_date date  first day of the look-back, inclusive (UTC)
--   $end_date   date  last day, exclusive (UTC)
-- source:  CUDOS: minimum of both modes; own price of the same bundle in AlwaysOn mode

with desktops as (
    select
        provider, billing_account_id, sub_account_id, region_id, service_name, resource_id, currency,
        regexp_extract(any_value(meter) filter (meter like '%AutoStop-Usage%'), '^(.*?)-AutoStop-Usage', 1) as bundle,
        sum(effective_cost) as cost,
        min(first_at) as first_at,
        min(charge_date) as first_day,
        list(distinct raw_meter order by raw_meter) as meters,
    from usage_days
    where provider = 'aws' and charge_date >= $start_date::date and regexp_matches(service_name, '(?i)workspaces') and meter like '%AutoStop%'
    group by all
),
found as (
    select d.*, p.unit_price, p.price_source,
    from desktops as d
    inner join unit_prices as p on p.provider = 'aws' and p.region_id = d.region_id and p.currency = d.currency and p.meter = d.bundle
)
select
    provider, billing_account_id, sub_account_id, region_id, service_name, resource_id, currency,
    cost::decimal(38, 15) as observed_cost,
    per_month(cost, first_at, $end_date::date) as monthly_cost,
    (per_month(cost, first_at, $end_date::date) - unit_price)::decimal(38, 10) as monthly_saving,
    price_source as price_source,
    meters, first_day,
    printf('%.2f %s in the look-back; AlwaysOn costs %.2f a month', cost::double, currency, unit_price::double) as explanation,
from found
order by provider, sub_account_id, resource_id, currency
