-- What is each account called, and who owns charges of it that carry no tag?
--
-- An owner set in costwright.yaml comes first; else the account's own collected tags answer, as the tags of a charge would.
--
-- grain:   one row per sub_account_id, of the charges and of the collected names
-- columns:
--   sub_account_id      varchar  as the charges spell it
--   provider            varchar  as collected; null when no name was collected
--   billing_account_id  varchar
--   account_name        varchar  as collected
--   account_type        varchar
--   parent_path         varchar
--   status              varchar
--   team                varchar  null when unowned
--   product             varchar
--   environment         varchar
-- source:  tables account_names and account_dimensions; specs/allocation.md section 3

with named as (
    select *, account_key(account_id) as account_key
    from account_names
    qualify row_number() over (partition by account_key order by observed_at desc, provider) = 1
),
configured as (
    select account_key(sub_account_id) as account_key, dimension, max(value) as value from account_dimensions group by all
),
tags as (
    select account_key, unnest(map_keys(tags)) as raw_key, trim(unnest(map_values(tags)), e' \t\r\n') as raw_value from named
),
spellings as (
    select tag_key, fold_value(canonical_value) as folded, min(canonical_value) as canonical_value
    from tag_set_keys
    where canonical_value is not null
    group by all
),
tagged as (
    select
        t.account_key,
        d.dimension,
        arg_min(
            coalesce(s.canonical_value, list_filter(p.allowed, lambda a: fold_value(a) = fold_value(t.raw_value))[1], t.raw_value),
            (d.priority, t.raw_key <> d.tag_key, t.raw_key)
        ) as value,
    from tags as t
    inner join dimension_keys as d on fold_key(d.tag_key) = fold_key(t.raw_key)
    inner join tag_policy as p on p.tag_key = d.tag_key
    left join spellings as s on s.tag_key = d.tag_key and s.folded = fold_value(t.raw_value)
    where t.raw_value <> '' and lower(t.raw_value) not in (select value from placeholders)
    group by all
),
owners as (
    select
        account_key,
        max(value) filter (dimension = 'team') as team,
        max(value) filter (dimension = 'product') as product,
        max(value) filter (dimension = 'environment') as environment,
    from (select * from configured union all select * from tagged anti join configured using (account_key, dimension))
    group by account_key
),
charged as (
    select distinct sub_account_id from rollup_daily where sub_account_id is not null
    union
    select distinct sub_account_id from rollup_resources where sub_account_id is not null
),
known as (
    select sub_account_id, account_key(sub_account_id) as account_key from charged
    union all
    select account_id, account_key from named where account_key not in (select account_key(sub_account_id) from charged)
)
select
    k.sub_account_id, n.provider, n.billing_account_id, n.account_name, n.account_type, n.parent_path, n.status,
    o.team, o.product, o.environment,
from known as k
left join named as n on n.account_key = k.account_key
left join owners as o on o.account_key = k.account_key
order by k.sub_account_id
