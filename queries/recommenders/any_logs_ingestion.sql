-- Where do logs cost most to take in?
--
-- rule:
--   id         any.logs.ingestion
--   class      E
--   effort     S
--   risk       l
--   step       tier
--   action     Drop or sample noisy logs, lower their level, or use a cheaper table or bucket.
-- params:
--   $start_date   date                first day of the look-back, inclusive (UTC)
--   $end_date     date                last day, exclusive (UTC)
--   $minimum_cost double default 100  cost in the look-back
--   $share        double default 0.3  share that could go
-- source:  ingestion meters of Azure Monitor and Cloud Logging; AWS has a rule of its own; the share that can go is a scenario

select
    provider, billing_account_id, sub_account_id, region_id, service_name, resource_id, currency,
    sum(effective_cost)::decimal(38, 15) as observed_cost,
    per_month(sum(effective_cost), min(first_at), $end_date::date) as monthly_cost,
    per_month(share_of(sum(effective_cost), $share::double), min(first_at), $end_date::date) as monthly_saving,
    'scenario' as price_source,
    list(distinct raw_meter order by raw_meter) as meters,
    min(charge_date) as first_day,
    printf('%s %s taken in; if %.0f %% of it were not needed', sum(quantity)::decimal(18, 1)::varchar, any_value(unit), 100 * $share::double) as explanation,
from usage_days
where provider <> 'aws' and charge_date >= $start_date::date
    and regexp_matches(concat_ws(' ', service_name, meter_category, raw_meter), '(?i)(log|monitor|sentinel)') and regexp_matches(raw_meter, '(?i)ingest|log storage|log volume|vended')
group by all
having sum(effective_cost) > $minimum_cost::double
order by provider, sub_account_id, resource_id, currency
