-- Which datasets keep all their data in active logical storage?
--
-- rule:
--   id         gcp.bq.storage
--   class      E
--   effort     M
--   risk       m
--   step       tier
--   action     Compare physical with logical billing, and expire or leave alone tables that do not change for 90 days.
-- params:
--   $start_date   date                first day of the look-back, inclusive (UTC)
--   $end_date     date                last day, exclusive (UTC)
--   $minimum_cost double default 100  cost in the look-back
--   $share        double default 0.3  share of the data that would become long-term
-- source:  SKUs Active and Long Term storage of BigQuery: untouched tables cost half after 90 days (documented)

with stored as (
    select *, regexp_matches(meter, '(?i)long.?term') as is_long_term,
    from usage_days
    where provider = 'gcp' and charge_date >= $start_date::date and regexp_matches(service_name, '(?i)bigquery') and regexp_matches(meter, '(?i)(active|long.?term) (logical|physical)? ?storage')
)
select
    provider, billing_account_id, sub_account_id, region_id, service_name, resource_id, currency,
    sum(effective_cost)::decimal(38, 15) as observed_cost,
    per_month(sum(effective_cost), min(first_at), $end_date::date) as monthly_cost,
    per_month(share_of(sum(effective_cost) filter (not is_long_term), $share::double * 0.5), min(first_at), $end_date::date) as monthly_saving,
    'ratio: long-term storage costs half' as price_source,
    list(distinct raw_meter order by raw_meter) as meters,
    min(charge_date) as first_day,
    printf('if %.0f %% of the data were left unchanged for 90 days', 100 * $share::double) as explanation,
from stored
group by all
having coalesce(sum(effective_cost) filter (is_long_term), 0) < 0.1 * sum(effective_cost) and sum(effective_cost) > $minimum_cost::double
order by provider, sub_account_id, resource_id, currency
