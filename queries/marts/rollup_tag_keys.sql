-- Which tag keys do the charges carry, and which policy key does each spelling mean?
--
-- grain:   one row per raw_key, tag_key
-- columns:
--   raw_key    varchar  tag key as delivered
--   tag_key    varchar  policy or dimension key it stands for; null when none
--   is_strict  boolean  the exact key, plain or with the prefix user: or user_
--   is_system  boolean  set by the provider, not by a user
-- source:  FOCUS Tags; specs/allocation.md section 3

with raw_keys as (
    select distinct unnest(keys) as raw_key
    from (select first(map_keys(Tags)) as keys from charges group by hash(map_keys(Tags)))
),
tracked_keys as (
    select tag_key, fold_key(tag_key) as folded from policy_keys
    union
    select tag_key, fold_key(tag_key) from dimension_keys
    union
    select tag_key, fold_key(alias) from tag_aliases
)
select distinct
    r.raw_key,
    t.tag_key,
    coalesce(r.raw_key in (t.tag_key, 'user:' || t.tag_key, 'user_' || t.tag_key), false) as is_strict,
    exists (select 1 from system_tag_prefixes as s where starts_with(lower(r.raw_key), s.prefix)) as is_system,
from raw_keys as r
left join tracked_keys as t on t.folded = fold_key(r.raw_key)
order by all
