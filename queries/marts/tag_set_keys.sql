-- Which value does each combination of tags have for each policy key?
--
-- grain:   one row per tag_set, tag_key; none where the key is absent in every spelling
-- columns:
--   tag_set           ubigint
--   tag_key           varchar
--   bit               bigint   as in tag_policy
--   raw_key           varchar  spelling of the key that the value came from
--   raw_value         varchar  value as delivered, also when it is blank or a placeholder
--   strict_value      varchar  value of the exact key; null when absent, blank or a placeholder
--   normalised_value  varchar  value of any spelling of the key; the exact key first
--   canonical_value   varchar  normalised_value in one spelling: that of the allowed list, else the commonest
--   strict_allowed    boolean  strict_value is an allowed value, letter by letter
--   normalised_allowed boolean normalised_value is an allowed value but for its spelling
-- source:  specs/allocation.md section 3

with candidates as (
    select distinct
        s.tag_set,
        s.tag_key,
        p.bit,
        p.allowed,
        p.folded_allowed,
        s.raw_key,
        s.raw_value,
        s.is_strict,
        fold_value(s.raw_value) as folded,
        trim(s.raw_value, e' \t\r\n') = '' or lower(trim(s.raw_value, e' \t\r\n')) in (select value from placeholders) as is_empty,
        case when s.raw_key = s.tag_key then '0' when s.is_strict then '1' else '2' end || s.raw_key as preference,
    from rollup_tag_sets as s
    inner join tag_policy as p on p.tag_key = s.tag_key
),
chosen as (
    select
        tag_set,
        tag_key,
        bit,
        any_value(allowed) as allowed,
        any_value(folded_allowed) as folded_allowed,
        arg_min(raw_key, is_empty::varchar || preference) as raw_key,
        arg_min(raw_value, is_empty::varchar || preference) as raw_value,
        arg_min(raw_value, preference) filter (is_strict and not is_empty) as strict_value,
        arg_min(raw_value, preference) filter (not is_empty) as normalised_value,
    from candidates
    group by all
),
weights as (
    select tag_set, sum(charge_count) as charges from rollup_daily group by tag_set
),
spellings as (
    select c.tag_key, c.raw_value, c.folded, c.allowed, sum(coalesce(w.charges, 0)) as charges
    from candidates as c
    left join weights as w on w.tag_set = c.tag_set
    where not c.is_empty
    group by all
),
canonical as (
    select
        tag_key,
        folded,
        coalesce(
            min(list_filter(allowed, lambda a: fold_value(a) = folded)[1]),
            arg_max(trim(raw_value), (charges, -rank_of_spelling))
        ) as canonical_value,
    from (select *, row_number() over (partition by tag_key, folded order by raw_value) as rank_of_spelling from spellings)
    group by tag_key, folded
)
select
    c.tag_set,
    c.tag_key,
    c.bit,
    c.raw_key,
    c.raw_value,
    c.strict_value,
    c.normalised_value,
    n.canonical_value,
    c.strict_value is not null and (c.allowed is null or list_contains(c.allowed, c.strict_value)) as strict_allowed,
    c.normalised_value is not null
        and (c.folded_allowed is null or list_contains(c.folded_allowed, fold_value(c.normalised_value))) as normalised_allowed,
from chosen as c
left join canonical as n on n.tag_key = c.tag_key and n.folded = fold_value(c.normalised_value)
order by c.tag_set, c.tag_key
