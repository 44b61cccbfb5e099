-- Which business metric has two values for the same day and dimensions?
--
-- grain:   one row per metric_date, metric, dimensions, source that occurs more than once; no row when sound
-- columns:
--   severity     varchar                error
--   metric_date  date
--   metric       varchar
--   dimensions   map(varchar, varchar)
--   source       varchar                what delivered it
--   row_count    bigint                 values given
--   value_count  bigint                 different values among them
-- source:  specs/allocation.md section 12: duplicate driver rows of one tenant and day

with metrics as (
    select metric_date, metric, list_sort(map_entries(dimensions)) as entries, value, source from business_metrics
)
select
    'error' as severity,
    metric_date,
    metric,
    map_from_entries(entries) as dimensions,
    source,
    count(*) as row_count,
    count(distinct value) as value_count,
from metrics
group by metric_date, metric, entries, source
having count(*) > 1
order by metric_date, metric, entries, source
