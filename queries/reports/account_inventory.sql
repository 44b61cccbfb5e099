-- Which billing accounts and accounts are there, and who owns them?
--
-- grain:   one row per provider, billing_account_id, sub_account_id; accounts without charges as they were collected
-- columns:
--   provider            varchar
--   billing_account_id  varchar
--   sub_account_id      varchar
--   sub_account_name    varchar    latest name; as collected where the bill has none
--   names               bigint     different names seen
--   account_type        varchar    as collected
--   parent_path         varchar    organizational units or folders, as collected
--   status              varchar    as collected
--   first_date          date       null when nothing was charged
--   last_date           date
--   services            bigint
--   teams               varchar[]  owners seen in tags or set for the account
--   currencies          varchar[]
-- source:  marts daily and accounts
-- scope:   team

with seen as (
    select
        provider, billing_account_id, sub_account_id, sub_account_name, service_name, team, billing_currency,
        min(charge_date) as first_date,
        max(charge_date) as last_date,
    from daily
    group by all
),
charged as (
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
)
select
    c.provider, c.billing_account_id, c.sub_account_id, c.sub_account_name, c.names,
    a.account_type, a.parent_path, a.status,
    c.first_date, c.last_date, c.services, c.teams, c.currencies,
from charged as c
left join accounts as a on a.sub_account_id = c.sub_account_id
union all
select
    a.provider, a.billing_account_id, a.sub_account_id, a.account_name, 1, a.account_type, a.parent_path, a.status,
    null, null, 0, case when a.team is null then [] else [a.team] end, [],
from accounts as a
where a.sub_account_id not in (select sub_account_id from charged where sub_account_id is not null)
order by provider, billing_account_id, sub_account_id
