-- Which tag keys are reported on, and which bit stands for each in the masks of tag_sets?
--
-- grain:   one row per tag_key
-- columns:
--   tag_key         varchar
--   required        boolean    part of the policy; false for keys that only name a dimension
--   allowed         varchar[]  allowed values as written; null when any value is allowed
--   folded_allowed  varchar[]  the same with spelling folded
--   bit             bigint     1, 2, 4, …
-- source:  tables policy_keys and dimension_keys (costwright.yaml)

with keys as (
    select tag_key, coalesce(bool_or(required), false) as required, any_value(nullif(allowed, [])) as allowed
    from (
        select tag_key, required, allowed from policy_keys
        union all
        select tag_key, false as required, null as allowed from dimension_keys
    )
    group by tag_key
)
select
    tag_key,
    required,
    allowed,
    list_transform(allowed, lambda v: fold_value(v)) as folded_allowed,
    cast(1::bigint << (row_number() over (order by tag_key) - 1) as bigint) as bit,
from keys
order by tag_key
