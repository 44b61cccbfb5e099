-- What does each resource of one provider use on each day of one month?
--
-- grain:   one row per line, resource and day; amount in pricing units, cost = amount × price in billing currency
-- params:
--   $provider varchar aws, azure or gcp
--   $month    varchar billing month, YYYY-MM
with period as (
    select c.*, date_diff('day', c.first_day, c.next_day) as days from estate.calendar as c where c.month = $month::varchar
),
days as (
    select
        unnest(generate_series(first_day, next_day - 1, interval 1 day))::date as charge_day, age, season, days,
    from period
),
wanted as (
    select
        r.* exclude (monthly, growth, share),
        d.charge_day, d.age, isodow(d.charge_day) >= 6 as is_weekend, d.days,
        case
            when r.shape in ('hours', 'reserved') then 24.0
            when r.shape = 'office' then case when isodow(d.charge_day) >= 6 then 0.0 else 11.0 end
            when stopped.line is not null then 0.0
            else r.monthly * r.share / pow(1 + r.growth, d.age) / 30.4
                * (case when r.weekend < 1 then d.season else 1.0 end)
                * (case when isodow(d.charge_day) >= 6 then r.weekend else 1.0 end) / ((5 + 2 * r.weekend) / 7)
                * (1 + (case when r.waste is not null then 0.0 when r.weekend < 1 then 0.09 else 0.006 end) * (estate.unit(r.rid, d.charge_day::varchar) - 0.5))
                / r.price::double
        end + coalesce(e.extra, 0) / r.price::double as amount_wanted,
    from (from estate.resources where provider = $provider::varchar) as r
    cross join days as d
    left join (select line, owner_id, charge_day, sum(extra) as extra from estate.event_days where factor = 1 group by all) as e
        on e.line = r.line and e.owner_id = r.owner_id and e.charge_day = d.charge_day and r.is_first
    left join (select distinct line, owner_id, charge_day from estate.event_days where factor = 0) as stopped
        on stopped.line = r.line and stopped.owner_id = r.owner_id and stopped.charge_day = d.charge_day
    where d.age <= r.born_age
)
select
    * exclude (amount_wanted, tags),
    amount_wanted::decimal(20, 4) as amount,
    (amount_wanted::decimal(18, 4) * price)::decimal(28, 10) as cost,
    is_taggable and tag_rank < 0.885 + 0.0065 * (12 - least(age, 12)) as has_owner_tags,
    -- an orphaned disk always names its machine, and may say nothing else
    has_owner_tags or coalesce(waste in ('aws.ebs.unattached', 'az.disk.orphan', 'gcp.pd.orphan'), false) as is_tagged,
    case when has_owner_tags then tags else list_filter(tags, lambda tag: tag.key ilike '%attached%') end as tags,
from wanted
where amount_wanted::decimal(20, 4) > 0
