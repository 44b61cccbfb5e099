-- Which planted events happened, where, and for how much a day?
--
-- grain:   one row per event, within the months of the estate; amount_per_day = mean of the added money over its days, negative for a drop
select
    e.event as id, e.provider as source, e.owner_id as account_id, e.owner_name as account_name, any_value(l.service_name) as service,
    any_value(l.meter) as usage_type, e.kind, any_value(e.note) as note, any_value(e.is_real) as is_real,
    min(e.charge_day) as first_day, max(e.charge_day) + interval 1 day as end_day,
    case when e.provider = 'azure' then 'EUR' else 'USD' end as currency,
    coalesce(-any_value(r.daily), avg(e.extra))::decimal(18, 2) as amount_per_day,
from estate.event_days as e
join (from estate.lines_aws union all from estate.lines_azure union all from estate.lines_gcp) as l using (line)
left join (select line, owner_id, sum(monthly * share) / 30.4 as daily from estate.resources group by all) as r
    on r.line = e.line and r.owner_id = e.owner_id and e.kind = 'drop'
where e.extra > 0 or e.kind = 'drop'
group by e.event, e.provider, e.owner_id, e.owner_name, e.kind
order by first_day, id
