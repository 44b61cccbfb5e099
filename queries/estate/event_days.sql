-- What do the planted events add to a resource on a day?
--
-- grain:   one row per event, resource and day; `extra` money on top, `factor` on the normal cost (0 = stopped)
-- params:
--   $seed bigint identifiers of resources that an event creates
with dated as (
    select
        e.*, l.provider, o.owner_id,
        (c.first_day + (e.day - 1)::int)::date as start_day,
        least((c.first_day + (e.day - 1 + e.days)::int)::date, (select max(next_day) from estate.calendar)) as end_day,
    from estate.events as e
    join (select provider, line from estate.lines_aws union all select provider, line from estate.lines_azure
        union all select provider, line from estate.lines_gcp) as l using (line)
    join estate.owners as o on o.owner_name = e.owner_name and o.provider = l.provider
    join estate.calendar as c on c.age = least(e.age, case when e.kind = 'monthend' then (select max(age) from estate.calendar) else e.age end)
),
daily as (
    select
        dated.*, unnest(generate_series(start_day, end_day - 1, interval 1 day))::date as charge_day,
    from dated
)
select
    event, line, provider, owner_id, owner_name, kind, is_real, note, start_day, end_day, amount, charge_day,
    case kind
        when 'ramp' then amount * (1 + date_diff('day', start_day, charge_day))
        when 'drop' then 0
        when 'weekend' then case when isodow(charge_day) >= 6 then amount else 0 end
        when 'monthend' then case when charge_day = last_day(charge_day) then amount else 0 end
        else amount
    end * (0.97 + 0.06 * estate.unit(charge_day, event || $seed::varchar)) as extra,
    case when kind = 'drop' then 0.0 else 1.0 end as factor,
from daily
order by event, charge_day
