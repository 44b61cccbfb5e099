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
--   reach      estate
--   action     Check the attachment, keep a snapshot if in doubt, then delete the disk.
-- params:
--   $start_date date  first day of the look-back, inclusive (UTC)
--   $end_date   date  last day, exclusive (UTC)
-- source:  finops-toolkit and Azure Optimization Engine find these from inventory; here linkage by name, tag and resource group

with disks as (
    from linked_disks(
        'azure',
        regexp_matches(resource_id, '(?i)/microsoft\.compute/disks/'),
        coalesce(unit = 'Hours', true) and regexp_matches(resource_id, '(?i)/microsoft\.compute/virtualmachine(s|scalesets)/'),
        split_part(lower(resource_id), '/', 5), ('_', '-'), $start_date::date
    )
),
suspects as (
    select
        resource_id,
        case
            when last_used is not null then if(last_used < $end_date::date - 14, 'its machine was last charged on ' || last_used, null)
            when is_noted then 'the machine that its tag names has no charges'
            when group_last_used < $end_date::date - 14 then 'the last machine of its resource group was charged on ' || group_last_used
        end as reason,
        if(last_used is not null or group_last_used >= $end_date::date - 14, 1.0, 0.75) as strength,
    from disks
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
