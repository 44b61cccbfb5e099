-- What was charged on each day, with owner, commitment class and whether it can be tagged? The table that reports read.
--
-- grain:   one row per row of rollup_daily
-- columns:
--   source                varchar
--   billing_period        varchar
--   version               integer
--   charge_date           date
--   charge_month          varchar          YYYY-MM of charge_date
--   spans_days            integer
--   provider              varchar
--   invoice_issuer        varchar
--   billing_account_id    varchar
--   sub_account_id        varchar
--   sub_account_name      varchar          as billed, else as collected; the account's id when nobody names it
--   service_name          varchar
--   service_category      varchar
--   service_subcategory   varchar
--   region_id             varchar
--   resource_type         varchar
--   charge_category       varchar
--   charge_class          varchar
--   charge_frequency      varchar
--   pricing_category      varchar
--   commitment_id         varchar
--   commitment_name       varchar
--   commitment_category   varchar
--   commitment_type       varchar
--   commitment_unit       varchar
--   capacity_status       varchar
--   invoice_id            varchar
--   billing_currency      varchar
--   tag_set               ubigint
--   team                  varchar          from tags, else that of the account; null when unowned
--   product               varchar
--   environment           varchar
--   taggable              boolean          usage of a resource whose kind has shown a user tag
--   row_class             varchar          principal, used, unused, dynamic, uncovered, ineligible or other
--   charge_count          bigint
--   billed_cost           decimal(38, 15)  cash ledger
--   effective_cost        decimal(38, 15)  accrual ledger
--   contracted_cost       decimal(38, 15)
--   list_cost             decimal(38, 15)
--   on_demand_cost        decimal(38, 15)
--   list_on_demand_cost   decimal(38, 15)
--   priced_effective_cost decimal(38, 15)
--   commitment_quantity   decimal(38, 15)
--   null_effective_count  bigint           charges without EffectiveCost
-- source:  rollup_daily, accounts; row classes by specs/commitments.md section 1

with covered_services as (
    select distinct provider, service_name from rollup_daily where commitment_status = 'Used'
),
eligible_categories as (
    select service_category, bool_and(eligible) as eligible from commitment_eligibility group by service_category
)
select
    r.source, r.billing_period, r.version, r.charge_date, strftime(r.charge_date, '%Y-%m') as charge_month, r.spans_days,
    r.provider, r.invoice_issuer, r.billing_account_id, r.sub_account_id,
    coalesce(nullif(r.sub_account_name, r.sub_account_id), a.account_name, r.sub_account_name) as sub_account_name,
    r.service_name, r.service_category, r.service_subcategory, r.region_id, r.resource_type,
    r.charge_category, r.charge_class, r.charge_frequency, r.pricing_category,
    r.commitment_id, r.commitment_name, r.commitment_category, r.commitment_type, r.commitment_unit, r.capacity_status,
    r.invoice_id, r.billing_currency, r.tag_set,
    coalesce(t.team, a.team) as team,
    coalesce(t.product, a.product) as product,
    coalesce(t.environment, a.environment) as environment,
    k.billing_period is not null and r.has_resource and coalesce(is_consumption(r.charge_category, r.commitment_status), false) as taggable,
    case
        when r.charge_category = 'Purchase' and r.commitment_id is not null then 'principal'
        when r.charge_category is distinct from 'Usage' then 'other'
        when r.commitment_status = 'Used' then 'used'
        when r.commitment_status = 'Unused' then 'unused'
        when r.pricing_category = 'Dynamic' then 'dynamic'
        when r.commitment_id is null and coalesce(r.pricing_category, 'Standard') = 'Standard'
            and coalesce(r.is_eligible, e.eligible, r.service_category is null or c.service_name is not null) then 'uncovered'
        else 'ineligible'
    end as row_class,
    r.charge_count, r.billed_cost, r.effective_cost, r.contracted_cost, r.list_cost,
    r.on_demand_cost, r.list_on_demand_cost, r.priced_effective_cost, r.commitment_quantity, r.null_effective_count,
from rollup_daily as r
left join tag_sets as t on t.tag_set = r.tag_set
left join accounts as a on a.sub_account_id = r.sub_account_id
left join taggable_types as k
    on k.provider = coalesce(r.provider, '') and k.service_name = coalesce(r.service_name, '')
    and k.resource_type = coalesce(r.resource_type, '') and k.billing_period = r.billing_period
left join covered_services as c on c.provider = r.provider and c.service_name = r.service_name
left join eligible_categories as e on e.service_category = r.service_category
order by r.charge_date, r.provider, r.sub_account_id, r.service_name
