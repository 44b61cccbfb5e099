-- Which kinds of resource can carry a user's tag, as observed in the three months before and the month itself?
--
-- grain:   one row per provider, service_name, resource_type, billing_period; taggable ones only
-- columns:
--   provider        varchar
--   service_name    varchar
--   resource_type   varchar  empty text when the provider names none
--   billing_period  varchar  YYYY-MM
-- source:  specs/allocation.md section 3; table taggable_overrides

with types as (
    select
        coalesce(provider, '') as provider,
        coalesce(service_name, '') as service_name,
        coalesce(resource_type, '') as resource_type,
        billing_period,
        bool_or(has_user_tag) as shown,
    from rollup_resources
    group by all
),
shown as (
    select t.*, coalesce(bool_or(b.shown), false) as shown_lately
    from types as t
    left join types as b
        on b.provider = t.provider and b.service_name = t.service_name and b.resource_type = t.resource_type
        and b.billing_period <= t.billing_period
        and b.billing_period >= strftime(cast(t.billing_period || '-01' as date) - interval 3 month, '%Y-%m')
    group by all
)
select s.provider, s.service_name, s.resource_type, s.billing_period
from shown as s
left join taggable_overrides as o
    on o.service_name = s.service_name and coalesce(o.resource_type, s.resource_type) = s.resource_type
group by all
having coalesce(bool_and(o.taggable), bool_or(s.shown_lately))
order by all
