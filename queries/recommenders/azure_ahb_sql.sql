-- Which SQL Server licence charges could the company bring itself?
--
-- Azure charges the licence on a meter of its own, which no reservation covers: the saving is those rows.
--
-- rule:
--   id         az.ahb.sql
--   class      C
--   effort     S
--   risk       m
--   step       tier
--   action     Prove the licences with Software Assurance and turn on Azure Hybrid Benefit for the database or machine.
-- params:
--   $start_date date  first day of the look-back, inclusive (UTC)
--   $end_date   date  last day, exclusive (UTC)
-- source:  finops-toolkit (SkuDetails AHB other than true); the saving is the licence meter

select
    provider, billing_account_id, sub_account_id, region_id, service_name, resource_id, currency,
    sum(effective_cost)::decimal(38, 15) as observed_cost,
    per_month(sum(effective_cost), min(first_at), $end_date::date) as monthly_cost,
    per_month(sum(effective_cost), min(first_at), $end_date::date) as monthly_saving,
    'rows' as price_source,
    list(distinct raw_meter order by raw_meter) as meters,
    min(charge_date) as first_day,
    printf('%s licence core-hours at %s %s', sum(quantity)::decimal(18, 1)::varchar, sum(effective_cost)::decimal(18, 2)::varchar, any_value(currency)) as explanation,
from usage_days
where provider = 'azure' and charge_date >= $start_date::date
    and (regexp_matches(concat_ws(' ', meter_category, meter_sub_category, raw_meter), '(?i)\bsql licen[cs]e')
        or regexp_matches(meter_category, '(?i)virtual machines licen[cs]es') and regexp_matches(concat_ws(' ', meter_sub_category, raw_meter), '(?i)\bsql\b'))
    and not regexp_matches(coalesce(sku_details, ''), '(?i)"x_AHB"\s*:\s*"?true')
group by all
having sum(effective_cost) > 0
order by provider, sub_account_id, resource_id, currency
