-- What did each resource cost in each billing period, who owns it and which policy tags does it carry?
--
-- grain:   one row per row of rollup_resources
-- columns:
--   billing_period    varchar
--   provider          varchar
--   sub_account_id    varchar
--   service_name      varchar
--   resource_type     varchar
--   region_id         varchar
--   resource_id       varchar
--   resource_name     varchar
--   resource_number   bigint           dense number of resource_id within its provider, for counting
--   billing_currency  varchar
--   tag_set           ubigint
--   team              varchar
--   product           varchar
--   environment       varchar
--   taggable          boolean
--   strict_mask       bigint           bits of tag_policy, see tag_sets
--   normalised_mask   bigint
--   first_date        date
--   last_date         date
--   charge_count      bigint
--   billed_cost       decimal(38, 15)  cash ledger
--   effective_cost    decimal(38, 15)  accrual ledger
-- source:  rollup_resources, accounts

with numbers as (
    select provider, resource_id, row_number() over () as resource_number
    from (select distinct coalesce(provider, '') as provider, resource_id from rollup_resources)
)
select
    r.billing_period, r.provider, r.sub_account_id, r.service_name, r.resource_type, r.region_id,
    r.resource_id, r.resource_name, n.resource_number, r.billing_currency, r.tag_set,
    coalesce(t.team, a.team) as team,
    coalesce(t.product, a.product) as product,
    coalesce(t.environment, a.environment) as environment,
    r.is_consumption and k.billing_period is not null as taggable,
    t.strict_mask, t.normalised_mask,
    r.first_date, r.last_date, r.charge_count, r.billed_cost, r.effective_cost,
from rollup_resources as r
inner join tag_sets as t on t.tag_set = r.tag_set
inner join numbers as n on n.provider = coalesce(r.provider, '') and n.resource_id = r.resource_id
left join accounts as a on a.sub_account_id = r.sub_account_id
left join taggable_types as k
    on k.provider = coalesce(r.provider, '') and k.service_name = coalesce(r.service_name, '')
    and k.resource_type = coalesce(r.resource_type, '') and k.billing_period = r.billing_period
order by r.billing_period, r.provider, r.sub_account_id, r.resource_id
