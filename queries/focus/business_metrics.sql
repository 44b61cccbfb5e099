-- How much of each business metric was there on each day?
--
-- grain: one row per staged row; a monthly figure is dated the first of its month
-- source: specs/kpis.md section 9 (drivers); a missing value stays null: unknown, not 0
with delivered as (
    select
        coalesce(
            metric_date,
            try_strptime(trim(metric_month), ['%b-%y', '%b %y', '%b-%Y', '%b %Y', '%B %Y', '%Y-%m', '%Y/%m', '%Y%m', '%m/%Y', '%m.%Y'])
        )::date as day,
        nullif(trim(metric), '') as given_metric,
        nullif(trim(unit), '') as unit,
        value,
        list_concat(
            coalesce(map_entries(dimensions), []),
            case when dimension_name is null then [] else [{'key': dimension_name, 'value': dimension_value}] end
        ) as given_dimensions,
    from staged
    where coalesce(metric, metric_month, metric_date::varchar, value::varchar) is not null
)
select
    coalesce(day, error('a value of business metric ' || coalesce(given_metric, '?') || ' has no readable date; write it as 2026-01-31')) as metric_date,
    coalesce(given_metric, error('a business metric value on ' || day::varchar || ' has no name in the column metric')) as metric,
    unit,
    map_from_entries(list_sort(map_entries(entries_to_map(list_transform(
        list_filter(given_dimensions, lambda d: trim(d.value) <> ''),
        lambda d: {'key': regexp_replace(lower(trim(d.key)), '[^\p{L}\p{N}]+', '_', 'g'), 'value': trim(d.value)}
    ))))) as dimensions,
    value,
from delivered
