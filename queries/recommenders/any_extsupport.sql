-- Where is support paid for software past its end of life?
--
-- rule:
--   id         any.extsupport
--   class      A
--   effort     L
--   risk       h
--   step       eliminate
--   look_back  14
--   action     Upgrade to a supported version.
-- params:
--   $start_date date  first day of the look-back, inclusive (UTC)
--   $end_date   date  last day, exclusive (UTC)
-- source:  meters that say Extended Support, Extended Security Updates or Long Term Support; AWS has rules of its own; the saving is the rows

select
    provider, billing_account_id, sub_account_id, region_id, service_name, resource_id, currency,
    sum(effective_cost)::decimal(38, 15) as observed_cost,
    per_month(sum(effective_cost), min(first_at), $end_date::date) as monthly_cost,
    per_month(sum(effective_cost), min(first_at), $end_date::date) as monthly_saving,
    'rows' as price_source,
    list(distinct raw_meter order by raw_meter) as meters,
    min(charge_date) as first_day,
    printf('surcharge of %s %s in the look-back', sum(effective_cost)::decimal(18, 2)::varchar, any_value(currency)) as explanation,
from usage_days
where provider <> 'aws' and charge_date >= $start_date::date
    and regexp_matches(concat_ws(' ', meter_category, meter_sub_category, raw_meter), '(?i)extended (support|security|channel)|long[- ]term support|\bESU\b')
group by all
having sum(effective_cost) > 0
order by provider, sub_account_id, resource_id, currency
