-- How much business did the sample company do each day?
--
-- grain:   one row per metric, product and environment and day; four days of api_requests of one product are missing
-- params:
--   $seed bigint
with days as (
    select
        c.*, unnest(generate_series(first_day, next_day - 1, interval 1 day))::date as day,
    from estate.calendar as c
),
kinds as (
    select metric, unit, product, environment, base, growth, weekend, whole,
    from (values
        ('shipments_tracked', 'shipments', 'tracking', 'prod', 412000, 0.021, 0.46, true),
        ('shipments_tracked', 'shipments', 'customs', 'prod', 38500, 0.012, 0.28, true),
        ('api_requests', 'requests', 'tracking', 'prod', 58200000, 0.024, 0.66, true),
        ('api_requests', 'requests', 'booking', 'prod', 21400000, 0.018, 0.52, true),
        ('api_requests', 'requests', 'rates', 'prod', 33100000, 0.03, 0.6, true),
        ('active_tenants', 'tenants', 'tracking', 'prod', 1480, 0.011, 0.97, true),
        ('active_tenants', 'tenants', 'booking', 'prod', 910, 0.008, 0.96, true),
        ('active_tenants', 'tenants', 'insights', 'prod', 365, 0.02, 0.93, true),
        ('deployments', 'deployments', 'tracking', 'prod', 14, 0.01, 0.05, true),
        ('deployments', 'deployments', 'booking', 'prod', 9, 0.01, 0.05, true),
        ('deployments', 'deployments', 'driver-app', 'prod', 6, 0.012, 0.03, true),
        ('environments', 'environments', 'tracking', 'dev', 21, 0.004, 0.9, true),
        ('environments', 'environments', 'booking', 'dev', 13, 0.004, 0.9, true)
    ) as v (metric, unit, product, environment, base, growth, weekend, whole)
)
select
    d.day as date, k.metric, k.unit, k.product, k.environment,
    round(k.base / pow(1 + k.growth, d.age) * case when k.weekend < 0.9 then d.season else 1 end * case when isodow(d.day) >= 6 then k.weekend else 1.0 end
        * (0.95 + 0.1 * estate.unit(k.metric || k.product || d.day::varchar, $seed::varchar)))::bigint as value,
from days as d
cross join kinds as k
where not (k.metric = 'api_requests' and k.product = 'rates' and d.age = 2 and day(d.day) between 18 and 21)
order by 2, 4, 5, 1
