-- How much of the spend carries the required tags?
--
-- Four figures belong together: by cost of taggable, by cost of total, by count of taggable resources, and the untaggable cost.
-- Plain columns take the exact key only; `normalised_` ones any spelling of the key. Blank and placeholder values are untagged.
--
-- grain:   one row per tag_key, group_value, billing_currency
-- params:
--   $group_by   varchar default total  one of: total, month, account, service, team, provider
--   $key        varchar default null   one tag key only
--   $start_date date default null      first charge day, inclusive (UTC)
--   $end_date   date default null      last charge day, exclusive (UTC)
-- columns:
--   tag_key                        varchar          a key, or (all required), or (any required)
--   group_value                    varchar
--   billing_currency               varchar
--   ledger                         varchar          accrual: EffectiveCost
--   total_cost                     decimal(38, 15)
--   taggable_cost                  decimal(38, 15)
--   untaggable_cost                decimal(38, 15)
--   tagged_cost                    decimal(38, 15)
--   untagged_cost                  decimal(38, 15)  taggable cost without the tag
--   coverage_taggable              double           tagged_cost ÷ taggable_cost
--   coverage_total                 double           tagged_cost ÷ total_cost
--   coverage_count                 double           tagged_resources ÷ taggable_resources
--   compliance                     double           share of taggable cost whose value is also an allowed one
--   normalised_tagged_cost         decimal(38, 15)
--   normalised_coverage_taggable   double
--   normalised_coverage_total      double
--   normalised_coverage_count      double
--   normalised_compliance          double
--   taggable_resources             bigint
--   tagged_resources               bigint
--   normalised_tagged_resources    bigint
--   target_status                  varchar          of coverage_taggable: met, near, missed, no_target or not_computable
--   state                          varchar          ok or not_computable
--   reason                         varchar
-- source:  marts daily, resources, tag_policy; specs/allocation.md section 3, specs/kpis.md section 4
-- scope:   team

with keys as (
    select tag_key, bit as mask, true as needs_all from tag_policy where coalesce(tag_key = $key::varchar, required)
    union all
    select '(all required)', bit_or(bit), true from tag_policy where required and $key::varchar is null having count(*) > 0
    union all
    select '(any required)', bit_or(bit), false from tag_policy where required and $key::varchar is null having count(*) > 0
),
costs as (
    select
        case $group_by::varchar
            when 'month' then d.billing_period when 'account' then d.sub_account_id when 'service' then d.service_name
            when 'team' then coalesce(d.team, '(none)') when 'provider' then d.provider else 'total'
        end as group_value,
        d.billing_currency, t.strict_mask, t.normalised_mask, t.strict_allowed_mask, t.normalised_allowed_mask,
        sum(d.effective_cost) as cost,
        coalesce(sum(d.effective_cost) filter (d.taggable), 0) as taggable_cost,
    from costs_between($start_date::date, $end_date::date) as d
    inner join tag_sets as t on t.tag_set = d.tag_set
    group by all
),
cost_by_key as (
    select
        k.tag_key, c.group_value, c.billing_currency,
        coalesce(sum(c.cost), 0) as total_cost,
        sum(c.taggable_cost) as taggable_cost,
        coalesce(sum(c.taggable_cost) filter (case when k.needs_all then c.strict_mask & k.mask = k.mask else c.strict_mask & k.mask <> 0 end), 0) as tagged,
        coalesce(sum(c.taggable_cost) filter (case when k.needs_all then c.normalised_mask & k.mask = k.mask else c.normalised_mask & k.mask <> 0 end), 0) as normalised,
        coalesce(sum(c.taggable_cost) filter (case when k.needs_all then c.strict_allowed_mask & k.mask = k.mask else c.strict_allowed_mask & k.mask <> 0 end), 0) as allowed,
        coalesce(sum(c.taggable_cost) filter (case when k.needs_all then c.normalised_allowed_mask & k.mask = k.mask else c.normalised_allowed_mask & k.mask <> 0 end), 0) as normalised_allowed,
    from costs as c
    cross join keys as k
    group by all
),
taggable as (
    select
        case $group_by::varchar
            when 'month' then billing_period when 'account' then sub_account_id when 'service' then service_name
            when 'team' then coalesce(team, '(none)') when 'provider' then provider else 'total'
        end as group_value,
        billing_currency, resource_number, bit_or(strict_mask) as strict_mask, bit_or(normalised_mask) as normalised_mask,
    from resources
    where taggable
        and ($start_date::date is null or last_date >= $start_date::date)
        and ($end_date::date is null or first_date < $end_date::date)
    group by all
),
tagged_counts as (
    select group_value, billing_currency, strict_mask, normalised_mask, count(*) as resources from taggable group by all
),
count_by_key as (
    select
        k.tag_key, c.group_value, c.billing_currency,
        sum(c.resources) as resources,
        coalesce(sum(c.resources) filter (case when k.needs_all then c.strict_mask & k.mask = k.mask else c.strict_mask & k.mask <> 0 end), 0) as tagged,
        coalesce(sum(c.resources) filter (case when k.needs_all then c.normalised_mask & k.mask = k.mask else c.normalised_mask & k.mask <> 0 end), 0) as normalised,
    from tagged_counts as c
    cross join keys as k
    group by all
),
target as (select met, near from kpi_targets where kpi = 'tag.coverage_taggable' limit 1)
select
    c.tag_key, c.group_value, c.billing_currency, 'accrual' as ledger,
    c.total_cost, c.taggable_cost, c.total_cost - c.taggable_cost as untaggable_cost,
    c.tagged as tagged_cost, c.taggable_cost - c.tagged as untagged_cost,
    c.tagged / nullif(c.taggable_cost, 0) as coverage_taggable,
    c.tagged / nullif(c.total_cost, 0) as coverage_total,
    n.tagged / nullif(n.resources, 0) as coverage_count,
    c.allowed / nullif(c.taggable_cost, 0) as compliance,
    c.normalised as normalised_tagged_cost,
    c.normalised / nullif(c.taggable_cost, 0) as normalised_coverage_taggable,
    c.normalised / nullif(c.total_cost, 0) as normalised_coverage_total,
    n.normalised / nullif(n.resources, 0) as normalised_coverage_count,
    c.normalised_allowed / nullif(c.taggable_cost, 0) as normalised_compliance,
    cast(coalesce(n.resources, 0) as bigint) as taggable_resources,
    cast(coalesce(n.tagged, 0) as bigint) as tagged_resources,
    cast(coalesce(n.normalised, 0) as bigint) as normalised_tagged_resources,
    case
        when c.taggable_cost = 0 then 'not_computable' when t.met is null then 'no_target'
        when c.tagged / c.taggable_cost > t.met then 'met' when c.tagged / c.taggable_cost > t.near then 'near' else 'missed'
    end as target_status,
    case when c.taggable_cost = 0 then 'not_computable' else 'ok' end as state,
    case when c.taggable_cost = 0 then 'no taggable cost in this scope' end as reason,
from cost_by_key as c
left join count_by_key as n
    on n.tag_key = c.tag_key and n.group_value is not distinct from c.group_value and n.billing_currency = c.billing_currency
left join target as t on true
order by starts_with(c.tag_key, '('), c.tag_key, c.billing_currency, c.taggable_cost desc, c.group_value
