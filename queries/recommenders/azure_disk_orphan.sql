-- Which managed disks seem to belong to no machine any more?
--
-- A disk is linked to a machine of the same subscription by its name (vm1_OsDisk_…, vm1-data) or by a tag that names one.
-- It is suspect when that machine has had no compute hours for 14 days, or, with no link known, when its resource group
-- had machines in the 13 weeks before and has none now.
--
-- rule:
--   id         az.disk.orphan
--   class      D
--   effort     S
--   risk       m
--   step       eliminate
--   action     Check the attachment, keep a snapshot if in doubt, then delete the disk.
-- params:
--   $start_date date  first day of the look-back, inclusive (UTC)
--   $end_date   date  last day, exclusive (UTC)
-- source:  finops-toolkit and Azure Optimization Engine find these from inventory; here linkage by name, tag and resource group

with disks as (
    select distinct
        sub_account_id, resource_id, split_part(lower(resource_id), '/', 5) as resource_group, split_part(lower(resource_id), '/', -1) as name,
    from usage_days
    where provider = 'azure' and charge_date >= $start_date::date and regexp_matches(resource_id, '(?i)/microsoft\.compute/disks/')
),
machines as (
    select
        sub_account_id, split_part(lower(resource_id), '/', 5) as resource_group, split_part(lower(resource_id), '/', -1) as name, max(charge_date) as last_used,
    from usage_days
    where provider = 'azure' and unit = 'Hours' and quantity > 0 and regexp_matches(resource_id, '(?i)/microsoft\.compute/virtualmachine(s|scalesets)/')
    group by all
),
notes as (
    select
        sub_account_id, resource_id, regexp_matches(tag_key, '(?i)attach') as is_attachment,
        regexp_extract(lower(tag_value), '[^/]+$') as name,
    from usage_tags
    where provider = 'azure' and regexp_matches(tag_key, '(?i)(attach|instance|machine|server|\bvm)')
),
names as (
    select
        resource_id, sub_account_id,
        unnest(list_append(list_transform(
            list_filter(range(2, length(name) + 1), lambda i: substr(name, i, 1) in ('_', '-')), lambda i: left(name, i - 1)
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
groups as (
    select sub_account_id, resource_group, max(last_used) as last_used from machines group by all
),
suspects as (
    select
        d.resource_id,
        case
            when l.is_known then if(l.last_used < $end_date::date - 14, 'its machine was last charged on ' || l.last_used, null)
            when exists (select 1 from notes as n where n.resource_id = d.resource_id and n.is_attachment) then 'the machine that its tag names has no charges'
            when g.last_used < $end_date::date - 14 then 'the last machine of its resource group was charged on ' || g.last_used
        end as reason,
        case when l.is_known or g.last_used >= $end_date::date - 14 then 1.0 else 0.75 end as strength,
    from disks as d
    left join links as l on l.resource_id = d.resource_id
    left join groups as g on g.sub_account_id = d.sub_account_id and g.resource_group = d.resource_group
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
where provider = 'azure' and charge_date >= $start_date::date
    and reason is not null
group by all
having sum(effective_cost) > 0
order by provider, sub_account_id, resource_id, currency
