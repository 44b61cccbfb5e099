-- What did each series cost on demand in each hour, uncovered and by the commitment that covered it?
--
-- A charge of a day or longer is spread evenly over its hours. An hour without a charge had no usage: the bill lists what was used.
--
-- grain:   one row per series and commitment; `hours` counts from $start_date and holds the hours with a charge, `costs` what they cost
-- params:
--   $start_date date     first day, inclusive (UTC)
--   $end_date   date     last day, exclusive (UTC)
--   $first      bigint   series, inclusive
--   $last       bigint   series, inclusive
-- source:  lab_usage, lab_series

with charged as (
    select s.series, coalesce(u.commitment_id, '') as commitment_id, u.start_at, u.hours, sum(u.on_demand_cost) as cost,
    from lab_series as s
    inner join lab_usage as u
        on u.provider = s.provider and u.billing_account_id = s.billing_account_id and u.currency = s.currency
        and u.service_name = s.service_name and u.region_id = s.region_id and u.granularity = s.granularity
        and list_contains(s.meters, u.meter)
    where s.series between $first::bigint and $last::bigint
    group by all
),
spread as (
    select series, commitment_id, cost / hours as hourly_cost, date_diff('hour', $start_date::date::timestamp, start_at) + unnest(range(hours)) as hour,
    from charged
),
summed as (
    select series, commitment_id, hour, sum(hourly_cost)::double as cost,
    from spread
    where hour >= 0 and hour < date_diff('hour', $start_date::date::timestamp, $end_date::date::timestamp)
    group by all
)
select series, commitment_id, list(hour order by hour) as hours, list(cost order by hour) as costs,
from summed
group by series, commitment_id
order by series, commitment_id
