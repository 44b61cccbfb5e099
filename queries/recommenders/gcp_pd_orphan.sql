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
--   reach      estate
--   action     Check the attachment, keep a snapshot if in doubt, then delete the disk.
-- params:
--   $start_date date  first day of the look-back, inclusive (UTC)
--   $end_date   date  last day, exclusive (UTC)
-- source:  detailed billing export: resource names; specs/optimisation.md section 3.4

with disks as (
    from linked_disks(
        'gcp',
        regexp_matches(resource_id, '(?i)compute\.googleapis\.com/.*/disks/'),
        regexp_matches(resource_id, '(?i)compute\.googleapis\.com/.*/instances/') and coalesce(regexp_matches(meter, '(?i)\b(core|ram|cpu|instance)\b'), true),
        'project', ('-', ''), $start_date::date
    )
),
suspects as (
    select
        resource_id,
        case
            when last_used is not null then if(last_used < $end_date::date - 14, 'its instance was last charged on ' || last_used, null)
            when is_noted then 'the instance that its label names has no charges'
            when group_last_used < $end_date::date - 14 then 'the last instance of its project was charged on ' || group_last_used
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
where provider = 'gcp' and charge_date >= $start_date::date and reason is not null
group by all
having sum(effective_cost) > 0
order by provider, sub_account_id, resource_id, currency
