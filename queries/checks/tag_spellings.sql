-- Which resources carry one policy key in two spellings with different values, or tags that could not be read?
--
-- grain:   one row per tag_key, problem; no row when sound
-- columns:
--   severity   varchar  warning
--   tag_key    varchar  null for tags that could not be read
--   problem    varchar
--   tag_sets   bigint   combinations of tags concerned
--   examples   varchar[]
-- source:  rollup_tag_sets, rollup_tag_keys; specs/allocation.md section 3

with doubled as (
    select tag_set, tag_key, list(distinct raw_key || '=' || raw_value order by raw_key || '=' || raw_value) as spellings
    from rollup_tag_sets
    group by all
    having count(distinct raw_key) > 1 and count(distinct fold_value(raw_value)) > 1
)
select
    'warning' as severity,
    tag_key,
    'one key in several spellings with different values' as problem,
    count(*) as tag_sets,
    list_distinct(flatten(list(spellings)))[:6] as examples,
from doubled
group by tag_key
union all
select 'warning', null, 'tags that are neither JSON nor key and value', count(*), ['key unparsed']
from rollup_tag_keys
where raw_key = 'unparsed'
having count(*) > 0
order by all
