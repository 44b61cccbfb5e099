-- Which Direct Connect ports are paid for while no data crosses any?
--
-- rule:
--   id         aws.dx.idle
--   class      B
--   effort     S
--   risk       m
--   step       eliminate
--   reach      estate
--   action     Check the virtual interfaces, then give the port back.
-- params:
--   $start_date date  first day of the look-back, inclusive (UTC)
--   $end_date   date  last day, exclusive (UTC)
-- source:  port hours while the billing account has no Direct Connect data: data is billed on virtual interfaces, not on ports; CUDOS

with carrying as (
    select distinct billing_account_id
    from usage_days
    where provider = 'aws' and charge_date >= $start_date::date and was_used(quantity, effective_cost)
        and regexp_matches(service_name, '(?i)direct ?connect') and regexp_matches(meter, 'DataXfer|DataTransfer|-Bytes')
)
select
    provider, billing_account_id, sub_account_id, region_id, service_name, resource_id, currency,
    cost::decimal(38, 15) as observed_cost,
    per_month(cost, first_at, $end_date::date) as monthly_cost,
    per_month(cost, first_at, $end_date::date) as monthly_saving,
    'rows' as price_source,
    meters, first_day,
    printf('%.0f port hours and no Direct Connect data in the billing account: %.2f %s in the look-back', quantity::double, cost::double, currency) as explanation,
from charged(provider = 'aws' and regexp_matches(meter, 'PortUsage'), $start_date::date)
where billing_account_id not in (select billing_account_id from carrying)
order by provider, sub_account_id, resource_id, currency
