-- Which billing accounts and accounts are there, and who owns them?
--
-- grain:   one row per provider, billing_account_id, sub_account_id
-- columns:
--   provider            varchar
--   billing_account_id  varchar
--   sub_account_id      varchar
--   sub_account_name    varchar    latest name
--   names               bigint     different names seen
--   first_date          date
--   last_date           date
--   services            bigint
--   teams               varchar[]  owners seen in tags or set for the account
--   currencies          varchar[]
-- source:  mart daily
-- scope:   team

with seen as (
    select
        provider, billing_account_id, sub_account_id, sub_account_name, service_name, team, billing_currency,
        min(charge_date) as first_date,
        max(charge_date) as last_date,
    from daily
    group by all
)
select
    provider,
    billing_account_id,
    sub_account_id,
    arg_max(sub_account_name, last_date) as sub_account_name,
    count(distinct sub_account_name) as names,
    min(first_date) as first_date,
    max(last_date) as last_date,
    count(distinct service_name) as services,
    coalesce(list_sort(list(distinct team) filter (team is not null)), []) as teams,
    list_sort(list(distinct billing_currency)) as currencies,
from seen
group by provider, billing_account_id, sub_account_id
order by provider, billing_account_id, sub_account_id
