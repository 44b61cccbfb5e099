-- What does each combination of tags say about owner and policy?
--
-- grain:   one row per tag_set
-- columns:
--   tag_set            ubigint
--   team               varchar  canonical value of the first dimension key that has one; null when none
--   product            varchar
--   environment        varchar
--   strict_mask        bigint   bits of tag_policy whose key is present and not empty, exact keys
--   normalised_mask    bigint   the same for any spelling of the keys
--   strict_allowed_mask     bigint  bits whose value is an allowed one
--   normalised_allowed_mask bigint
-- source:  tables dimension_keys and policy_keys; specs/allocation.md section 3

with all_sets as (
    select tag_set from rollup_daily
    union
    select tag_set from rollup_resources
),
dimensions as (
    select
        k.tag_set,
        arg_min(k.canonical_value, (d.priority, d.tag_key)) filter (d.dimension = 'team') as team,
        arg_min(k.canonical_value, (d.priority, d.tag_key)) filter (d.dimension = 'product') as product,
        arg_min(k.canonical_value, (d.priority, d.tag_key)) filter (d.dimension = 'environment') as environment,
    from tag_set_keys as k
    inner join dimension_keys as d on d.tag_key = k.tag_key
    where k.canonical_value is not null
    group by k.tag_set
),
masks as (
    select
        tag_set,
        bit_or(bit) filter (strict_value is not null) as strict_mask,
        bit_or(bit) filter (normalised_value is not null) as normalised_mask,
        bit_or(bit) filter (strict_allowed) as strict_allowed_mask,
        bit_or(bit) filter (normalised_allowed) as normalised_allowed_mask,
    from tag_set_keys
    group by tag_set
)
select
    a.tag_set,
    d.team,
    d.product,
    d.environment,
    coalesce(m.strict_mask, 0) as strict_mask,
    coalesce(m.normalised_mask, 0) as normalised_mask,
    coalesce(m.strict_allowed_mask, 0) as strict_allowed_mask,
    coalesce(m.normalised_allowed_mask, 0) as normalised_allowed_mask,
from all_sets as a
left join dimensions as d on d.tag_set = a.tag_set
left join masks as m on m.tag_set = a.tag_set
order by a.tag_set
