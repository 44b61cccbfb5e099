-- Which values do the policy tags of the charges have?
--
-- grain:   one row per tag_set, tag_key, raw_key; none for a set without any policy tag
-- columns:
--   tag_set    ubigint  number of the combination of policy tags, as in rollup_daily
--   tag_key    varchar  policy or dimension key
--   raw_key    varchar  tag key as delivered
--   raw_value  varchar  tag value as delivered
--   is_strict  boolean  raw_key is the exact key
-- source:  rollup_daily, rollup_tag_keys

with relevant as (
    select coalesce(list(distinct raw_key order by raw_key), []) as raw_keys
    from rollup_tag_keys
    where tag_key is not null
),
combinations as (
    select distinct tag_values from rollup_daily
),
tags as (
    select
        tag_set_id(c.tag_values, r.raw_keys) as tag_set,
        unnest(r.raw_keys) as raw_key,
        unnest(c.tag_values) as raw_value,
    from combinations as c
    cross join relevant as r
)
select t.tag_set, k.tag_key, t.raw_key, t.raw_value, k.is_strict
from tags as t
inner join rollup_tag_keys as k on k.raw_key = t.raw_key and k.tag_key is not null
where t.raw_value is not null
order by all
