-- What does Google Cloud charge in one invoice month, before it is shaped as export rows?
--
-- grain:   one row per charge; usage daily (Pacific days), SKUs of spend commitments hourly; reads usage_days
-- params:
--   $month varchar invoice month, YYYY-MM
-- source:  specs/exports.md 4.4: fee rows with FEE_UTILIZATION_OFFSET, usage at the price of its consumption model
with period as (
    select
        c.*, timezone('UTC', timezone('America/Los_Angeles', first_day::timestamp)) as start_at, timezone('UTC', timezone('America/Los_Angeles', next_day::timestamp)) as end_at,
    from estate.calendar as c where c.month = $month::varchar
),
daily as (
    select
        u.*, timezone('UTC', timezone('America/Los_Angeles', charge_day::timestamp)) as start_at,
        timezone('UTC', timezone('America/Los_Angeles', charge_day::timestamp + interval 1 day)) as end_at,
        c.kind as held_kind, c.units, c.unit_price, c.ratio, c.subscription_id, c.name as commitment,
    from usage_days as u
    left join estate.commitments_gcp as c on c.line = u.line
),
resource_covered as (
    select
        *,
        case when held_kind = 'cud' then greatest(0, least(amount, units * date_diff('hour', start_at, end_at)
            - (sum(amount) over (partition by line, charge_day order by n rows unbounded preceding) - amount))) else 0 end::decimal(18, 4) as covered,
    from daily
    where held_kind is null or held_kind = 'cud'
),
hourly as (
    select
        * exclude (start_at, end_at, amount, cost), unnest(generate_series(start_at, end_at - interval 1 hour, interval 1 hour)) as start_at, amount as day_amount,
    from daily
    where held_kind = 'flex'
),
hourly_used as (
    select
        *, start_at + interval 1 hour as end_at, (day_amount::double / 24 * (0.84 + 0.25 * sin(pi() * (hour(start_at) + 0.5) / 24)))::decimal(16, 4) as amount,
    from hourly
),
queued as (
    select
        *, (amount * price::decimal(10, 6) * ratio)::decimal(28, 6) as discounted,
        sum((amount * price::decimal(10, 6) * ratio)::decimal(28, 6)) over (partition by line, start_at order by n rows unbounded preceding) as queue_end,
    from hourly_used
),
settled as (
    select *, greatest(0, least(discounted, units - (queue_end - discounted)))::decimal(28, 6) as taken from queued
),
shared as (
    select *, case when taken = discounted then amount else (amount::double * taken::double / discounted::double) end::decimal(28, 6) as covered_amount from settled
),
flexible as (
    select
        *, unnest(case when taken = 0 then ['open'] when taken = discounted then ['covered'] else ['covered', 'open'] end) as part,
    from shared
),
usage as (
    select
        * exclude (cost), cost::decimal(28, 6) as cost, cost::decimal(28, 6) as cost_default, null as model,
        list_filter([
            case when covered > 0 then {'name': 'Committed Usage Discount: ' || meter, 'amount': -(covered::double * price::double)::decimal(28, 6), 'full_name': 'Committed Usage Discount: ' || meter, 'id': subscription_id, 'type': 'COMMITTED_USAGE_DISCOUNT'} end,
            case when line = 'g-n1-core' then {'name': 'Sustained Usage Discount', 'amount': -(cost::double * 0.2)::decimal(28, 6), 'full_name': 'Sustained Usage Discount', 'id': 'Sustained Usage Discount', 'type': 'SUSTAINED_USAGE_DISCOUNT'} end,
            case when line = 'g-vertex' and age >= 6 then {'name': 'AI start-up programme', 'amount': -(cost::double * 0.4)::decimal(28, 6), 'full_name': 'AI start-up programme 2025', 'id': 'promo-4471', 'type': 'PROMOTION'} end,
            case when line = 'g-logging' and n = 0 then {'name': 'Log storage free tier', 'amount': -least(0.8, cost::double)::decimal(28, 6), 'full_name': 'Log storage free tier', 'id': 'free-logs', 'type': 'FREE_TIER'} end
        ], lambda credit: credit is not null) as credits,
    from resource_covered
    union all by name
    select
        * exclude (amount, subscription_id), case when part = 'covered' then covered_amount else amount - covered_amount end::decimal(28, 6) as amount,
        case when part = 'covered' then taken else ((amount - covered_amount)::double * price::double)::decimal(28, 6) end as cost,
        (case when part = 'covered' then covered_amount else amount - covered_amount end::double * price::double)::decimal(28, 6) as cost_default,
        case when part = 'covered' then 'flex' end as model,
    from flexible
),
fee_hours as (
    select c.*, p.age, p.first_day, unnest(generate_series(p.start_at, p.end_at - interval 1 hour, interval 1 hour)) as hour_at from estate.commitments_gcp as c cross join period as p
),
fees as (
    select
        line || '-fee' as line, service_code, service_name, fee_text as meter, fee_sku as operation, 'seconds' as family, 'hour' as unit, unit_price as price, min(hour_at) as start_at,
        max(hour_at) + interval 1 hour as end_at, (any_value(units) * count(*))::decimal(28, 6) as amount, (any_value(units) * count(*) * any_value(unit_price)::decimal(14, 8))::decimal(28, 6) as cost,
        subscription_id, any_value(age) as age, 'hf-net-hub' as owner_id, 'europe-west1' as region,
        timezone('America/Los_Angeles', timezone('UTC', min(hour_at)))::date as charge_day, null as credits,
    from fee_hours where kind = 'cud'
    group by line, service_code, service_name, fee_text, fee_sku, unit_price, subscription_id, timezone('America/Los_Angeles', timezone('UTC', hour_at))::date
    union all by name
    select
        f.line || '-fee' as line, f.service_code, f.service_name, f.fee_text as meter, f.fee_sku as operation, 'seconds' as family, 'hour' as unit, f.unit_price as price, f.hour_at as start_at,
        f.hour_at + interval 1 hour as end_at, f.units::decimal(28, 6) as amount, f.units::decimal(28, 6) as cost, f.subscription_id, f.age, 'hf-net-hub' as owner_id, 'europe-west1' as region,
        timezone('America/Los_Angeles', timezone('UTC', f.hour_at))::date as charge_day,
        case when u.taken > 0 then [{'name': 'Fee utilization offset', 'amount': -u.taken, 'full_name': 'Fee utilization offset: ' || f.name, 'id': f.subscription_id, 'type': 'FEE_UTILIZATION_OFFSET'}] end as credits,
    from fee_hours as f
    left join (select line, start_at, sum(taken) as taken from settled group by all) as u on u.line = f.line and u.start_at = f.hour_at
    where f.kind = 'flex'
)
select *, 'regular' as cost_type from usage
union all by name
select *, cost as cost_default, 'regular' as cost_type from fees
