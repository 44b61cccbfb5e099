-- Which non-production databases pay for zone redundancy?
--
-- rule:
--   id         az.sql.zone-nonprod
--   class      C
--   effort     S
--   risk       m
--   step       generation
--   action     Turn zone redundancy off outside of production.
-- params:
--   $start_date date  first day of the look-back, inclusive (UTC)
--   $end_date   date  last day, exclusive (UTC)
-- source:  meter Zone Redundancy vCore, charged beside the compute meter; environment is a dimension, never a name

select
    provider, billing_account_id, sub_account_id, region_id, service_name, resource_id, currency,
    sum(effective_cost)::decimal(38, 15) as observed_cost,
    per_month(sum(effective_cost), min(first_at), $end_date::date) as monthly_cost,
    per_month(sum(effective_cost), min(first_at), $end_date::date) as monthly_saving,
    'rows' as price_source,
    list(distinct raw_meter order by raw_meter) as meters,
    min(charge_date) as first_day,
    printf('%s hours of zone redundancy', sum(quantity)::decimal(18, 1)::varchar) as explanation,
from usage_days inner join (select distinct provider, resource_id from usage_resources where is_non_production) using (provider, resource_id)
where provider = 'azure' and charge_date >= $start_date::date and regexp_matches(concat_ws(' ', meter, meter_sub_category), '(?i)zone redundan')
group by all
having sum(effective_cost) > 0
order by provider, sub_account_id, resource_id, currency
