-- What rules about disks share.

-- Disks of a cloud with the machine they seem to belong to: by name (vm1_OsDisk_…, vm1-data) or by a tag that names one of the same
-- account. `last_used`: last day on which that machine was charged, null without a link; `is_noted`: a tag names an attachment;
-- `group_last_used`: the same of the newest machine of its group. No row where the bill shows no machine at all.
create or replace temp macro linked_disks(cloud, is_disk, is_machine, group_of, separators, start_date) as table
    with disks as (
        select distinct sub_account_id, resource_id, group_of as disk_group, regexp_extract(lower(resource_id), '[^/]+$') as name,
        from usage_days
        where provider = cloud and charge_date >= start_date and is_disk
    ),
    machines as (
        select sub_account_id, group_of as machine_group, regexp_extract(lower(resource_id), '[^/]+$') as name, max(charge_date) as last_used,
        from usage_days
        where provider = cloud and is_machine and was_used(quantity, effective_cost)
        group by all
    ),
    notes as (
        select resource_id, regexp_matches(tag_key, '(?i)attach') as is_attachment, regexp_extract(lower(tag_value), '[^/]+$') as name,
        from usage_tags
        where provider = cloud and regexp_matches(tag_key, '(?i)(attach|instance|machine|server|\bvm)')
    ),
    names as (
        select
            resource_id, sub_account_id,
            unnest(list_append(list_transform(
                list_filter(range(2, length(name) + 1), lambda i: substr(name, i, 1) in separators), lambda i: left(name, i - 1)
            ), name)) as machine,
        from disks
        union all
        select d.resource_id, d.sub_account_id, n.name from disks as d inner join notes as n on n.resource_id = d.resource_id
    ),
    links as (
        select n.resource_id, max(m.last_used) as last_used,
        from names as n
        inner join machines as m on m.sub_account_id = n.sub_account_id and m.name = n.machine
        group by all
    ),
    groups as (
        select sub_account_id, machine_group, max(last_used) as last_used from machines group by all
    )
    select
        d.resource_id, l.last_used, g.last_used as group_last_used,
        exists (select 1 from notes as n where n.resource_id = d.resource_id and n.is_attachment) as is_noted,
    from disks as d
    left join links as l on l.resource_id = d.resource_id
    left join groups as g on g.sub_account_id = d.sub_account_id and g.machine_group = d.disk_group
    where exists (select 1 from machines where machines.last_used >= start_date);
