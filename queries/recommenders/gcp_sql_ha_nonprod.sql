-- Which non-production databases run twice?
--
-- rule:
--   id         gcp.sql.ha-nonprod
--   class      C
--   effort     S
--   risk       m
--   step       generation
--   action     Make the instance zonal.
-- params:
--   $start_date date  first day of the look-back, inclusive (UTC)
--   $end_date   date  last day, exclusive (UTC)
-- source:  Regional SKUs of Cloud SQL cost twice the zonal ones; environment is a dimension, never a name

select
    provider, billing_account_id, sub_account_id, region_id, service_name, resource_id, currency,
    sum(effective_cost)::decimal(38, 15) as observed_cost,
    per_month(sum(effective_cost), min(first_at), $end_date::date) as monthly_cost,
    per_month(share_of(sum(effective_cost), 0.5), min(first_at), $end_date::date) as monthly_saving,
    (coalesce(sum(quantity) filter (is_covered), 0) / nullif(sum(quantity), 0))::double as covered_fraction,
    'ratio: regional is two zonal' as price_source,
    list(distinct raw_meter order by raw_meter) as meters,
    min(charge_date) as first_day,
    'half of the regional charges: the standby' as explanation,
from usage_days inner join (select distinct provider, resource_id from usage_resources where is_non_production) using (provider, resource_id)
where provider = 'gcp' and charge_date >= $start_date::date
    and regexp_matches(service_name, '(?i)cloud sql') and regexp_matches(meter, '(?i)\bregional\b')
group by all
having sum(effective_cost) > 0
order by provider, sub_account_id, resource_id, currency
