-- Which persistent disks seem to belong to no instance any more?
--
-- A disk is linked to an instance of the same project by its name (boot disks bear that of the instance) or by a label that
-- names one. It is suspect when that instance has had no core or memory rows for 14 days, or, with no link known, when its
-- project had instances in the 13 weeks before and has none now.
--
-- rule:
--   id         gcp.pd.orphan
--   class      D
--   effort     S
--   risk       m
--   step       eliminate
--   action     Check the attachment, keep a snapshot if in doubt, then delete the disk.
-- params:
--   $start_date date  first day of the look-back, inclusive (UTC)
--   $end_date   date  last day, exclusive (UTC)
-- source:  detailed billing export: resource names; specs/optimisation.md section 3.4

with disks as (
    select distinct sub_account_id, resource_id, regexp_extract(lower(resource_id), '[^/]+$') as name,
    from usage_days
    where provider = 'gcp' and charge_date >= $start_date::date and regexp_matches(resource_id, '(?i)compute\.googleapis\.com/.*/disks/')
),
machines as (
    select sub_account_id, regexp_extract(lower(resource_id), '[^/]+$') as name, max(charge_date) as last_used,
    from usage_days
    where provider = 'gcp' and quantity > 0 and regexp_matches(resource_id, '(?i)compute\.googleapis\.com/.*/instances/') and regexp_matches(meter, '(?i)\b(core|ram|cpu|instance)\b')
    group by all
),
notes as (
    select resource_id, regexp_matches(tag_key, '(?i)attach') as is_attachment, regexp_extract(lower(tag_value), '[^/]+$') as name,
    from usage_tags
    where provider = 'gcp' and regexp_matches(tag_key, '(?i)(attach|instance|machine|server|\bvm)')
),
names as (
    select
        resource_id, sub_account_id,
        unnest(list_append(list_transform(
            list_filter(range(2, length(name) + 1), lambda i: substr(name, i, 1) = '-'), lambda i: left(name, i - 1)
        ), name)) as machine,
    from disks
    union all
    select d.resource_id, d.sub_account_id, n.name from disks as d inner join notes as n on n.resource_id = d.resource_id
),
links as (
    select n.resource_id, max(m.last_used) as last_used, true as is_known,
    from names as n
    inner join machines as m on m.sub_account_id = n.sub_account_id and m.name = n.machine
    group by all
),
projects as (
    select sub_account_id, max(last_used) as last_used from machines group by all
),
suspects as (
    select
        d.resource_id,
        case
            when l.is_known then if(l.last_used < $end_date::date - 14, 'its instance was last charged on ' || l.last_used, null)
            when exists (select 1 from notes as n where n.resource_id = d.resource_id and n.is_attachment) then 'the instance that its label names has no charges'
            when p.last_used < $end_date::date - 14 then 'the last instance of its project was charged on ' || p.last_used
        end as reason,
        case when l.is_known or p.last_used >= $end_date::date - 14 then 1.0 else 0.75 end as strength,
    from disks as d
    left join links as l on l.resource_id = d.resource_id
    left join projects as p on p.sub_account_id = d.sub_account_id
)
select
    provider, billing_account_id, sub_account_id, region_id, service_name, resource_id, currency,
    sum(effective_cost)::decimal(38, 15) as observed_cost,
    per_month(sum(effective_cost), min(first_at), $end_date::date) as monthly_cost,
    per_month(sum(effective_cost), min(first_at), $end_date::date) as monthly_saving,
    any_value(strength)::double as data_factor,
    'rows' as price_source,
    list(distinct raw_meter order by raw_meter) as meters,
    min(charge_date) as first_day,
    any_value(reason) as explanation,
from usage_days inner join suspects using (resource_id)
where provider = 'gcp' and charge_date >= $start_date::date and reason is not null
group by all
having sum(effective_cost) > 0
order by provider, sub_account_id, resource_id, currency
