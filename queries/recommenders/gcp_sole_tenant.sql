-- Where is sole tenancy paid for?
--
-- rule:
--   id         gcp.sole-tenant
--   class      E
--   effort     L
--   risk       m
--   step       eliminate
--   action     Ask whether licences or contracts need dedicated hosts; else move to shared ones.
-- params:
--   $start_date date  first day of the look-back, inclusive (UTC)
--   $end_date   date  last day, exclusive (UTC)
-- source:  SKUs Sole Tenancy Premium

select
    provider, billing_account_id, sub_account_id, region_id, service_name, resource_id, currency,
    sum(effective_cost)::decimal(38, 15) as observed_cost,
    per_month(sum(effective_cost), min(first_at), $end_date::date) as monthly_cost,
    per_month(sum(effective_cost), min(first_at), $end_date::date) as monthly_saving,
    'rows' as price_source,
    list(distinct raw_meter order by raw_meter) as meters,
    min(charge_date) as first_day,
    'premium rows; whether a licence needs the host is not in the bill' as explanation,
from usage_days
where provider = 'gcp' and charge_date >= $start_date::date and regexp_matches(meter, '(?i)sole.tenan.*premium')
group by all
having sum(effective_cost) > 0
order by provider, sub_account_id, resource_id, currency
