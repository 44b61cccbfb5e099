-- Which volumes belong to no running instance?
--
-- Two links: a tag of the volume names an instance (i-…) that has no charge in the look-back, or no instance at all was charged
-- in its account and region. A stopped instance looks the same: inventory must confirm.
--
-- rule:
--   id         aws.ebs.unattached
--   class      D
--   effort     S
--   risk       m
--   step       eliminate
--   reach      estate
--   action     Check that nothing needs the data, take a snapshot, delete the volume.
-- params:
--   $start_date date  first day of the look-back, inclusive (UTC)
--   $end_date   date  last day, exclusive (UTC)
-- source:  OptScale, steampipe thrifty use inventory; from the bill: links of section 3.2 of specs/optimisation.md. A snapshot costs up to half of it

with machines as (
    select distinct sub_account_id, region_id, resource_id
    from usage_days
    where provider = 'aws' and charge_date >= $start_date::date and regexp_matches(meter, '^(BoxUsage|SpotUsage|DedicatedUsage|HostBoxUsage|UnusedBox)')
),
links as (
    select
        t.sub_account_id, t.resource_id,
        string_agg(distinct t.tag_value, ', ' order by t.tag_value) as gone,
        bool_or(m.resource_id is not null) as has_machine,
    from usage_tags as t
    left join machines as m on m.resource_id = t.tag_value
    where t.provider = 'aws' and t.resource_id like '%vol-%' and regexp_full_match(t.tag_value, 'i-[0-9a-f]{8,17}')
    group by all
),
volumes as (
    select
        provider, billing_account_id, sub_account_id, region_id, service_name, resource_id, currency,
        sum(effective_cost) as cost,
        min(first_at) as first_at,
        min(charge_date) as first_day,
        list(distinct raw_meter order by raw_meter) as meters,
    from usage_days
    where provider = 'aws' and charge_date >= $start_date::date
        and regexp_matches(meter, '^EBS:Volume(Usage|P-)') and resource_id is not null
    group by all
),
found as (
    select
        v.*, l.gone,
    from volumes as v
    left join links as l on l.resource_id = v.resource_id and l.sub_account_id is not distinct from v.sub_account_id
    where not l.has_machine
        or l.has_machine is null and not exists (
            from machines as m where m.sub_account_id is not distinct from v.sub_account_id and m.region_id is not distinct from v.region_id
        )
)
select
    provider, billing_account_id, sub_account_id, region_id, service_name, resource_id, currency,
    cost::decimal(38, 15) as observed_cost,
    per_month(cost, first_at, $end_date::date) as monthly_cost,
    per_month(cost, first_at, $end_date::date) as monthly_saving,
    'rows' as price_source,
    meters, first_day,
    coalesce('its tag names ' || gone || ', which is not charged', 'no instance was charged in its account and region')||printf('; %.2f %s in the look-back', cost::double, currency) as explanation,
from found
order by provider, sub_account_id, resource_id, currency
