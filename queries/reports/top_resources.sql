-- Which resources cost most? Accrual ledger.
--
-- grain:   one row per resource_id, provider, billing_currency
-- params:
--   $limit       integer default 20    rows, from 1 to 1000000
--   $service     varchar default null
--   $account     varchar default null  sub_account_id
--   $team        varchar default null  (none) selects resources without a team
--   $start_month varchar default null  first billing month, inclusive, e.g. 2026-01
--   $end_month   varchar default null  last billing month, exclusive, e.g. 2027-01
-- columns:
--   resource_id       varchar
--   resource_name     varchar
--   provider          varchar
--   service_name      varchar
--   resource_type     varchar
--   region_id         varchar
--   sub_account_id    varchar
--   team              varchar
--   billing_currency  varchar
--   effective_cost    decimal(38, 15)  accrual ledger
--   first_date        date
--   last_date         date
--   charge_count      bigint
-- source:  mart resources
-- scope:   team

with top as (
    select resource_number, billing_currency, sum(effective_cost) as effective_cost
    from resources
    where ($service::varchar is null or service_name = $service::varchar)
        and ($account::varchar is null or sub_account_id = $account::varchar)
        and ($team::varchar is null or coalesce(team, '(none)') = $team::varchar)
        and ($start_month::varchar is null or billing_period >= $start_month::varchar)
        and ($end_month::varchar is null or billing_period < $end_month::varchar)
    group by all
    order by effective_cost desc nulls last, resource_number
    limit $limit::integer
)
select
    any_value(r.resource_id) as resource_id,
    arg_max(r.resource_name, r.last_date) as resource_name,
    any_value(r.provider) as provider,
    arg_max(r.service_name, r.effective_cost) as service_name,
    arg_max(r.resource_type, r.effective_cost) as resource_type,
    arg_max(r.region_id, r.effective_cost) as region_id,
    arg_max(r.sub_account_id, r.last_date) as sub_account_id,
    arg_max(r.team, r.last_date) as team,
    t.billing_currency,
    t.effective_cost,
    min(r.first_date) as first_date,
    max(r.last_date) as last_date,
    cast(sum(r.charge_count) as bigint) as charge_count,
from top as t
inner join resources as r on r.resource_number = t.resource_number and r.billing_currency = t.billing_currency
group by t.resource_number, t.billing_currency, t.effective_cost
order by t.billing_currency, t.effective_cost desc nulls last, resource_id
