-- Which values do the tags have, which spellings mean the same, and which are not allowed?
--
-- grain:   one row per tag_key, raw_key, raw_value, billing_currency; the row without value is taggable cost without the key
-- params:
--   $key        varchar default null  one tag key only
--   $start_date date default null     first charge day, inclusive (UTC)
--   $end_date   date default null     last charge day, exclusive (UTC)
-- columns:
--   tag_key           varchar
--   raw_key           varchar          spelling of the key
--   raw_value         varchar          as delivered
--   canonical_value   varchar          one spelling for all that differ in case, '-', '_' and blanks only
--   billing_currency  varchar
--   effective_cost    decimal(38, 15)  accrual ledger
--   taggable_cost     decimal(38, 15)  the part of it that is taggable
--   charge_count      bigint
--   status            varchar          ok, key_variant, non_canonical, not_allowed, placeholder or missing
-- source:  marts tag_set_keys, tag_policy, daily; specs/allocation.md section 3
-- scope:   team

with costs as (
    select
        tag_set,
        billing_currency,
        team,
        sum(effective_cost) as cost,
        coalesce(sum(effective_cost) filter (taggable), 0) as taggable_cost,
        sum(charge_count) as charges,
    from costs_between($start_date::date, $end_date::date)
    group by all
),
grouped as (
    select
        p.tag_key,
        k.raw_key,
        k.raw_value,
        k.canonical_value,
        case
            when k.raw_value is null then 'missing'
            when k.normalised_value is null then 'placeholder'
            when not k.normalised_allowed then 'not_allowed'
            when k.raw_value <> k.canonical_value then 'non_canonical'
            when k.strict_value is null then 'key_variant'
            else 'ok'
        end as status,
        c.billing_currency,
        sum(c.cost) as effective_cost,
        sum(c.taggable_cost) as taggable_cost,
        cast(sum(c.charges) as bigint) as charge_count,
    from costs as c
    cross join tag_policy as p
    left join tag_set_keys as k on k.tag_set = c.tag_set and k.tag_key = p.tag_key
    where coalesce(p.tag_key = $key::varchar, p.required)
    group by all
)
select
    tag_key, raw_key, raw_value, canonical_value, billing_currency,
    effective_cost, taggable_cost, charge_count, status,
from grouped
where status <> 'missing' or taggable_cost <> 0
order by tag_key, billing_currency, effective_cost desc nulls last, raw_value, raw_key
