-- Which resources cost most without a required tag?
--
-- grain:   one row per resource_id, provider, billing_currency
-- params:
--   $limit       integer default 25
--   $team        varchar default null  (none) selects resources without a team
--   $start_month varchar default null  first billing month, inclusive, e.g. 2026-01
--   $end_month   varchar default null  last billing month, exclusive, e.g. 2027-01
-- columns:
--   resource_id       varchar
--   resource_name     varchar
--   provider          varchar
--   service_name      varchar
--   sub_account_id    varchar
--   team              varchar          that its tags or account name; null when nobody owns it
--   missing_keys      varchar          required keys that it lacks in every spelling
--   billing_currency  varchar
--   effective_cost    decimal(38, 15)  accrual ledger
-- source:  marts resources, tag_policy; specs/allocation.md section 3
-- scope:   team

with required as (
    select tag_key, bit from tag_policy where required
),
owned as (
    select
        resource_id, provider, billing_currency,
        any_value(resource_name) as resource_name, any_value(service_name) as service_name, any_value(sub_account_id) as sub_account_id,
        arg_max(team, last_date) as team, bit_or(normalised_mask) as mask, sum(effective_cost) as effective_cost,
    from resources
    where taggable and resource_id is not null
        and ($team::varchar is null or coalesce(team, '(none)') = $team::varchar)
        and ($start_month::varchar is null or billing_period >= $start_month::varchar)
        and ($end_month::varchar is null or billing_period < $end_month::varchar)
    group by all
),
lacking as (
    select o.*, string_agg(r.tag_key, ', ' order by r.tag_key) as missing_keys
    from owned as o
    inner join required as r on o.mask & r.bit = 0
    group by all
),
ranked as (
    select *, row_number() over (partition by billing_currency order by effective_cost desc, resource_id, provider) as place from lacking
)
select
    resource_id, resource_name, provider, service_name, sub_account_id, team, missing_keys, billing_currency,
    cast(effective_cost as decimal(38, 15)) as effective_cost,
from ranked
where place <= $limit::integer
order by billing_currency, effective_cost desc, resource_id, provider
