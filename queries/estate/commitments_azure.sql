-- Which Azure reservations and savings plan does the sample company hold?
--
-- grain:   one row per commitment; RI: bought = share of the line's machines, rate an hour and machine; SP: rate = commitment an hour
-- source:  invented; azres2 is bought upfront in the estate, one machine of it is returned later
with members as (
    select line, count(*) as members, any_value(price) as price, any_value(monthly) as monthly from estate.resources where provider = 'azure' group by line
),
held as (
    select line, name, kind, share, ratio, start_age, start_day, refund_age, refund_day,
    from (values
        ('az-vm-res', 'VM_RI_D16sv5_WE', 'ri', 0.9, 0.61, null, 1, null, 1),
        ('az-vm-res2', 'VM_RI_E16sv5_WE', 'ri', 1.4, 0.64, 8, 6, 4, 12),
        ('az-vm-plan', 'Compute_SavingsPlan_2025', 'sp', 0.93, 0.72, null, 1, null, 1)
    ) as v (line, name, kind, share, ratio, start_age, start_day, refund_age, refund_day)
)
select
    h.line, h.name, h.kind, (m.price * h.ratio::decimal(4, 2))::decimal(18, 6) as unit_rate,
    case h.kind when 'ri' then (m.price * h.ratio::decimal(4, 2))::decimal(18, 6) else (m.monthly * h.share::double * h.ratio::double / 730)::decimal(10, 3)::decimal(18, 6) end as rate,
    case h.kind when 'ri' then greatest(1, round(m.members * h.share::double))::bigint else 1 end as bought,
    case when s.first_day is not null then s.first_day + (h.start_day - 1)::int else date '2024-11-01' end as start_day,
    s.first_day is not null as is_upfront,
    case when s.first_day is not null then f.first_day + (h.refund_day - 1)::int end as refund_day,
    case when s.first_day is not null then 'P1Y' else 'P3Y' end as term,
    left(md5(h.name), 8) || '-' || substr(md5(h.name), 9, 4) || '-4' || substr(md5(h.name), 14, 3) || '-a' || substr(md5(h.name), 18, 3) || '-' || substr(md5(h.name), 21, 12) as order_id,
    left(md5(h.name || 'r'), 8) || '-' || substr(md5(h.name || 'r'), 9, 4) || '-4' || substr(md5(h.name || 'r'), 14, 3) || '-b' || substr(md5(h.name || 'r'), 18, 3) || '-' || substr(md5(h.name || 'r'), 21, 12) as benefit,
from held as h
join members as m using (line)
left join estate.calendar as s on s.age = h.start_age
left join estate.calendar as f on f.age = h.refund_age
order by h.line
