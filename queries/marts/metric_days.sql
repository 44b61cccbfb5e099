-- How large was each business metric on each day, in total and per value of each of its dimensions?
--
-- grain:   one row per metric, metric_date, dimension, value_key
-- columns:
--   metric            varchar
--   metric_date       date
--   dimension         varchar          total, or the name of a dimension in lower case
--   value             varchar          value of the dimension; total
--   value_key         varchar          value with spelling folded
--   unit              varchar
--   aggregation       varchar          how days add up to a period: sum or average
--   minimum_quantity  decimal(38, 15)  volumes below give no unit cost
--   volume            decimal(38, 15)
-- source:  tables business_metrics and business_metric_kinds

with entries as (
    select metric, metric_date, 'total' as dimension, 'total' as value, unit, value as volume from business_metrics
    union all
    select metric, metric_date, lower(entry.key) as dimension, entry.value, unit, volume
    from (select metric, metric_date, unit, value as volume, unnest(map_entries(dimensions)) as entry from business_metrics)
),
kinds as (
    select metric, any_value(aggregation) as aggregation, max(minimum_quantity) as minimum_quantity
    from business_metric_kinds group by metric
)
select
    e.metric,
    e.metric_date,
    e.dimension,
    min(e.value) as value,
    fold_value(e.value) as value_key,
    any_value(e.unit) as unit,
    coalesce(any_value(k.aggregation), 'sum') as aggregation,
    cast(any_value(k.minimum_quantity) as decimal(38, 15)) as minimum_quantity,
    cast(sum(e.volume) as decimal(38, 15)) as volume,
from entries as e
left join kinds as k on k.metric = e.metric
where e.value is not null
group by e.metric, e.metric_date, e.dimension, fold_value(e.value)
order by all
