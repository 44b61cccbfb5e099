-- Which DDoS protection plans protect nothing?
--
-- A plan protects addresses of all subscriptions: the whole billing account is searched.
--
-- rule:
--   id         az.ddos.plan
--   class      B
--   effort     M
--   risk       m
--   step       eliminate
--   reach      estate
--   action     Delete the plan, or protect single addresses (IP Protection) where there are fewer than fifteen.
-- params:
--   $start_date date  first day of the look-back, inclusive (UTC)
--   $end_date   date  last day, exclusive (UTC)
-- source:  plan meter of Azure DDoS Protection; protected addresses are charged in the billing account or there are none

select
    provider, billing_account_id, sub_account_id, region_id, service_name, resource_id, currency,
    sum(effective_cost)::decimal(38, 15) as observed_cost,
    per_month(sum(effective_cost), min(first_at), $end_date::date) as monthly_cost,
    per_month(sum(effective_cost), min(first_at), $end_date::date) as monthly_saving,
    least(1, count(distinct charge_date) / 30.0)::double as data_factor,
    'rows' as price_source,
    list(distinct raw_meter order by raw_meter) as meters,
    min(charge_date) as first_day,
    'no public address is charged in the billing account' as explanation,
from usage_days
where provider = 'azure' and charge_date >= $start_date::date
    and regexp_matches(concat_ws(' ', service_name, meter_category, meter_sub_category), '(?i)ddos') and regexp_matches(meter, '(?i)plan')
    and not exists (
        select 1 from usage_days as u
        where u.provider = 'azure' and u.billing_account_id = usage_days.billing_account_id and u.charge_date >= $start_date::date
            and regexp_matches(u.meter, '(?i)public ip') and was_used(u.quantity, u.effective_cost)
    )
group by all
having sum(effective_cost) > 0
order by provider, sub_account_id, resource_id, currency
