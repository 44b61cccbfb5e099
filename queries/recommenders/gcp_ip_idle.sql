-- Which static addresses are paid for and not used?
--
-- rule:
--   id         gcp.ip.idle
--   class      A
--   effort     S
--   risk       l
--   step       eliminate
--   look_back  14
--   action     Release the address.
-- params:
--   $start_date date  first day of the look-back, inclusive (UTC)
--   $end_date   date  last day, exclusive (UTC)
-- source:  SKU Static Ip Charge; addresses in use have SKUs of their own (External IP Charge on a … VM); to confirm per price list

select
    provider, billing_account_id, sub_account_id, region_id, service_name, resource_id, currency,
    sum(effective_cost)::decimal(38, 15) as observed_cost,
    per_month(sum(effective_cost), min(first_at), $end_date::date) as monthly_cost,
    per_month(sum(effective_cost), min(first_at), $end_date::date) as monthly_saving,
    'rows' as price_source,
    list(distinct raw_meter order by raw_meter) as meters,
    min(charge_date) as first_day,
    printf('%s idle hours at %s %s in total', sum(quantity)::decimal(18, 1)::varchar, sum(effective_cost)::decimal(18, 2)::varchar, any_value(currency)) as explanation,
from usage_days
where provider = 'gcp' and charge_date >= $start_date::date and regexp_matches(meter, '(?i)^static ip charge') and not regexp_matches(meter, '(?i)in use|attached|vm')
group by all
having sum(effective_cost) > 0
order by provider, sub_account_id, resource_id, currency
