-- When does each AWS commitment run, and what does it cost an hour?
--
-- grain:   one row per commitment; [start_at, end_at) UTC; hourly = commitment an hour (SP) or effective rate of one unit (RI)
-- source:  totals are multiples of the hourly price, so that amortisation closes exactly over the term
with demand as (
    select sum(base_amount * od_rate::double * ratio::double * case schedule when 'curve' then 0.78 when 'office' then 0.8 else 1.0 end) as steady,
    from estate.fleet_members
    where instrument = 'sp'
),
fleet as (
    select fleet, any_value(od_rate) as od_rate, any_value(members) as members, any_value(region) as region, min_by(owner_id, n) as owner_id,
        any_value(instance_type) as instance_type, any_value(service_code) as service_code, any_value(service_name) as service_name,
        any_value(meter) as meter, any_value(product_family) as product_family, any_value(operation) as operation,
    from estate.fleet_members
    group by fleet
),
dated as (
    select
        c.*,
        coalesce(s.first_day::timestamp + to_days(c.start_day - 1) + to_hours(c.start_hour), (select min(first_day) from estate.calendar)::timestamp - interval 200 day) as start_at,
        e.first_day::timestamp + to_days(c.end_day - 1) as cut_at,
        case when c.term = '3yr' then 26280 else 8760 end as term_hours,
        -- a start before the first month of a short estate counts as long ago
        s.first_day is not null as starts_inside,
    from estate.commitments_aws as c
    left join estate.calendar as s on s.age = c.start_age
    left join estate.calendar as e on e.age = c.end_age
)
select
    dated.* exclude (start_at, cut_at, starts_inside, start_age, start_day, start_hour, end_age, end_day, fleet),
    dated.fleet, starts_inside,
    case when cut_at is not null then cut_at - to_hours(term_hours) else start_at end as start_at,
    coalesce(cut_at, start_at + to_hours(term_hours)) as end_at,
    case when instrument = 'sp' then (steady * share::double)::decimal(10, 3)::decimal(18, 6)
        else (fleet.od_rate::double * (1 - discount::double))::decimal(18, 6) end as hourly,
    case when instrument = 'sp' then (((steady * share::double)::decimal(10, 3)) * upfront)::decimal(18, 6)
        else (fleet.od_rate::double * (1 - discount::double) * upfront::double)::decimal(18, 6) end as hourly_upfront,
    case when instrument = 'ri' then greatest(1, round(fleet.members * share::double))::bigint else 1 end as bought,
    case when instrument = 'sp' then '410927463001' else fleet.owner_id end as owner_id,
    case when instrument = 'sp'
        then 'arn:aws:savingsplans::410927463001:savingsplan/' || left(md5(commitment), 8) || '-' || substr(md5(commitment), 9, 4) || '-4' || substr(md5(commitment), 14, 3) || '-a' || substr(md5(commitment), 18, 3) || '-' || substr(md5(commitment), 21, 12)
        else 'arn:aws:' || case fleet.service_code when 'AmazonRDS' then 'rds' when 'AmazonElastiCache' then 'elasticache' else 'ec2' end || ':' || fleet.region || ':' || fleet.owner_id
            || ':' || case fleet.service_code when 'AmazonRDS' then 'ri:' when 'AmazonElastiCache' then 'reserved-instance:' else 'reserved-instances/' end || commitment end as arn,
    '10' || (hash(commitment) % 900000000 + 100000000)::varchar as subscription_id,
    fleet.region, fleet.instance_type, fleet.service_code, fleet.service_name, fleet.meter, fleet.product_family, fleet.operation,
from dated
cross join demand
left join fleet on fleet.fleet = dated.fleet
where cut_at is null or cut_at > (select min(first_day) from estate.calendar)
order by commitment
