-- What do the hourly fleets on AWS cost in one month, after reservations and savings plans, line by line?
--
-- grain:   one row per line item; per hour and plan Σ sp_effective (covered rows) ≤ commitment
-- params:
--   $month varchar billing month, YYYY-MM
-- source:  specs/commitments.md section 5: reservations first, then plans, highest saving first, no carry-over
with period as (
    select c.* from estate.calendar as c where c.month = $month::varchar
),
hours as (
    select unnest(generate_series(first_day::timestamp, next_day::timestamp - interval 1 hour, interval 1 hour)) as start_at, age from period
),
running as (
    select
        m.*, h.start_at,
        case schedule
            when 'curve' then (base_amount * (0.62 + 0.38 * sin(pi() * (hour(h.start_at) + 0.5) / 24)) * case when isodow(h.start_at) >= 6 then 0.8 else 1.0 end
                * (0.97 + 0.06 * estate.unit(m.rid, h.start_at::varchar)))::decimal(18, 4)
            else base_amount::decimal(18, 4)
        end as amount,
        row_number() over (partition by m.fleet, h.start_at order by m.n) as ordinal,
    from estate.fleet_members as m
    cross join hours as h
    where (m.schedule <> 'office' or m.n % 2 <> 0 or (isodow(h.start_at) < 6 and hour(h.start_at) between 6 and 19))
        and not (m.n >= ceil(m.members * m.keep_share) and (h.age < m.retire_age or (h.age = m.retire_age and day(h.start_at) >= m.retire_day)))
),
matched as (
    select
        r.*, p.arn as ri_arn, p.subscription_id as ri_subscription_id, p.hourly as ri_hourly, p.hourly_upfront as ri_upfront,
        (r.amount * r.sp_rate)::decimal(28, 10) as sp_cost,
    from running as r
    left join estate.plan_terms as p
        on p.fleet = r.fleet and r.ordinal <= p.bought and r.start_at >= p.start_at and r.start_at < p.end_at
),
queued as (
    select
        matched.*, sum(sp_cost) over (partition by start_at order by ratio, fleet, n rows unbounded preceding) as queue_end,
    from matched
    where ri_arn is null and instrument = 'sp'
),
active as (
    select
        h.start_at, p.commitment, p.arn, p.hourly, p.term, p.option_name, p.start_at as term_start, p.end_at as term_end,
        sum(p.hourly) over (partition by h.start_at order by p.commitment rows unbounded preceding) as plan_end,
    from hours as h
    join estate.plan_terms as p on p.instrument = 'sp' and h.start_at >= p.start_at and h.start_at < p.end_at
),
pieces as (
    select
        q.*, a.arn as sp_arn, a.term as sp_term, a.option_name as sp_option, a.term_start as sp_start, a.term_end as sp_end,
        (least(q.queue_end, a.plan_end) - greatest(q.queue_end - q.sp_cost, a.plan_end - a.hourly))::decimal(28, 10) as taken,
    from queued as q
    join active as a
        on a.start_at = q.start_at and q.queue_end > a.plan_end - a.hourly and q.queue_end - q.sp_cost < a.plan_end
),
covered as (
    select
        pieces.*, case when taken = sp_cost then amount::decimal(28, 10) else (amount::double * taken::double / sp_cost::double)::decimal(28, 10) end as usage_amount,
    from pieces
    where taken > 0
),
rest as (
    select
        q.* exclude (queue_end), (q.amount - coalesce(c.usage_amount, 0))::decimal(28, 10) as usage_amount,
    from queued as q
    left join (select rid, start_at, sum(usage_amount) as usage_amount, sum(taken) as taken from covered group by rid, start_at) as c
        on c.rid = q.rid and c.start_at = q.start_at
    where c.taken is null or c.taken < q.sp_cost
),
lines as (
    select *, unnest(['SavingsPlanCoveredUsage', 'SavingsPlanNegation']) as line_type, taken as sp_effective from covered
    union all by name
    select *, 'Usage' as line_type from rest
    union all by name
    select *, case when ri_arn is null then 'Usage' else 'DiscountedUsage' end as line_type, amount as usage_amount, from matched where instrument = 'ri'
)
select
    line_type, owner_id, owner_name, start_at, start_at + interval 1 hour as end_at, service_code, service_name, meter, operation,
    product_family, instance_type, family as instance_family, region, resource_id, unit,
    usage_amount, case when line_type = 'DiscountedUsage' then 0 else od_rate end as rate, od_rate,
    case line_type
        when 'DiscountedUsage' then 0
        when 'SavingsPlanNegation' then -round(usage_amount::decimal(18, 10) * od_rate::decimal(16, 10), 10)
        else round(usage_amount::decimal(18, 10) * od_rate::decimal(16, 10), 10)
    end::decimal(28, 10) as cost,
    case when line_type = 'SavingsPlanNegation' then 0 else round(usage_amount::decimal(18, 10) * od_rate::decimal(16, 10), 10) end::decimal(28, 10) as od_cost,
    case when line_type = 'DiscountedUsage' then ri_arn end as ri_arn, ri_subscription_id,
    case when line_type = 'DiscountedUsage' then ri_hourly * usage_amount end::decimal(28, 10) as ri_effective,
    case when line_type = 'DiscountedUsage' then ri_upfront * usage_amount end::decimal(28, 10) as ri_upfront,
    sp_arn, sp_rate, case when line_type = 'SavingsPlanCoveredUsage' then sp_effective end as sp_effective, sp_term, sp_option, sp_start, sp_end,
    case when is_tagged then tags end as tags,
from lines
