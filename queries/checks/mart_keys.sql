-- Which mart has rows with the same key, or without one?
--
-- grain:   one row per mart with a defect; no row when sound
-- columns:
--   severity      varchar  error
--   mart          varchar
--   duplicates    bigint   rows beyond the first of their key
--   missing_keys  bigint   rows with a null in the key
-- source:  header `grain` of each mart

with counted as (
    select 'tag_policy' as mart, count(*) - count(distinct tag_key) as duplicates, count(*) filter (tag_key is null) as missing_keys from tag_policy
    union all
    select 'tag_set_keys', count(*) - count(distinct (tag_set, tag_key)), count(*) filter (tag_set is null or tag_key is null) from tag_set_keys
    union all
    select 'tag_sets', count(*) - count(distinct tag_set), count(*) filter (tag_set is null) from tag_sets
    union all
    select 'taggable_types', count(*) - count(distinct (provider, service_name, resource_type, billing_period)), count(*) filter (billing_period is null)
    from taggable_types
    union all
    select 'accounts', count(*) - count(distinct sub_account_id), count(*) filter (sub_account_id is null) from accounts
    union all
    select 'daily', (select count(*) from daily) - (select count(*) from rollup_daily),
        count(*) filter (charge_date is null or billing_period is null or billing_currency is null or row_class is null or taggable is null)
    from daily
    union all
    select 'resources', (select count(*) from resources) - (select count(*) from rollup_resources),
        count(*) filter (resource_id is null or billing_period is null or resource_number is null)
    from resources
    union all
    select 'daily_accrual', 0, count(*) filter (charge_date is null or billing_currency is null) from daily_accrual
    union all
    select 'months', count(*) - count(distinct charge_month), count(*) filter (charge_month is null) from months
    union all
    select 'metric_days', count(*) - count(distinct (metric, metric_date, dimension, value_key)),
        count(*) filter (metric is null or metric_date is null or value_key is null)
    from metric_days
)
select 'error' as severity, mart, duplicates, missing_keys
from counted
where duplicates <> 0 or missing_keys <> 0
order by mart
