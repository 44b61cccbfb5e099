-- What does each recommendation save after those before it on the same resource?
--
-- grain:   one row per row of candidates
-- source:  specs/optimisation.md section 5 (vector O11): one of eliminate, schedule and rightsize, then one generation, one tier, one
--          rate move, each on what remains; of alternatives the largest confidence × saving stands, then lower risk, then rule id

with eligible as (
    select finding_key, resource_key, exclusive_group, resource_cost, gross_saving,
        row_number() over (
            partition by resource_key, exclusive_group
            order by confidence * gross_saving::double desc, list_position(['l', 'm', 'h'], risk), rule
        ) as choice,
    from candidates
    where is_counted and gross_saving is not null
),
chosen as (
    select
        resource_key,
        max(resource_cost)::decimal(38, 10) as cost,
        coalesce(max(gross_saving) filter (exclusive_group = 'lifecycle'), 0) as s1,
        coalesce(max(gross_saving) filter (exclusive_group = 'generation'), 0) as s2,
        coalesce(max(gross_saving) filter (exclusive_group = 'tier'), 0) as s3,
        coalesce(max(gross_saving) filter (exclusive_group = 'rate'), 0) as s4,
    from eligible
    where choice = 1
    group by all
),
-- saving of a step = its share of the resource × what remains
first as (
    select *, least(s1, cost)::decimal(38, 10) as w1, (cost - least(s1, cost))::decimal(38, 10) as r1 from chosen
),
second as (
    select *, case when r1 = cost then least(s2, cost) else share_of(r1, least(1, s2::double / cost::double)) end::decimal(38, 10) as w2 from first
),
third as (
    select *, case when r1 - w2 = cost then least(s3, cost) else share_of(r1 - w2, least(1, s3::double / cost::double)) end::decimal(38, 10) as w3 from second
),
fourth as (
    select *, case when r1 - w2 - w3 = cost then least(s4, cost) else share_of(r1 - w2 - w3, least(1, s4::double / cost::double)) end::decimal(38, 10) as w4 from third
)
select
    c.finding_key,
    case
        when not c.is_counted then 'advisory'
        when c.gross_saving is null then 'unpriced'
        when e.choice > 1 then 'alternative'
        else 'counted'
    end as role,
    case
        when e.choice = 1 then case c.exclusive_group when 'lifecycle' then w1 when 'generation' then w2 when 'tier' then w3 else w4 end
        when e.choice > 1 then 0
    end::decimal(38, 10) as cash_saving,
from candidates as c
left join eligible as e on e.finding_key = c.finding_key
left join fourth as w on w.resource_key = c.resource_key
