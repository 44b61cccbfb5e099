-- What was charged in each month? The table daily without days; costs_between() reads it for whole months.
--
-- grain:   one row per combination of the text and boolean columns below
-- columns:
--   charge_date           date             first day of charge_month
--   source                varchar
--   billing_period        varchar
--   charge_month          varchar
--   provider              varchar
--   invoice_issuer        varchar
--   billing_account_id    varchar
--   sub_account_id        varchar
--   sub_account_name      varchar
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
--   team                  varchar
--   product               varchar
--   environment           varchar
--   taggable              boolean
--   row_class             varchar
--   charge_count          bigint
--   billed_cost           decimal(38, 15)
--   effective_cost        decimal(38, 15)
--   contracted_cost       decimal(38, 15)
--   list_cost             decimal(38, 15)
--   on_demand_cost        decimal(38, 15)
--   list_on_demand_cost   decimal(38, 15)
--   priced_effective_cost decimal(38, 15)
--   commitment_quantity   decimal(38, 15)
--   null_effective_count  bigint
-- source:  daily

select
    cast(charge_month || '-01' as date) as charge_date,
    source, billing_period, charge_month, provider, invoice_issuer, billing_account_id, sub_account_id,
    sub_account_name, service_name, service_category, service_subcategory, region_id, resource_type,
    charge_category, charge_class, charge_frequency, pricing_category, commitment_id, commitment_name,
    commitment_category, commitment_type, commitment_unit, capacity_status, invoice_id, billing_currency,
    tag_set, team, product, environment, taggable, row_class,
    cast(sum(charge_count) as bigint) as charge_count, sum(billed_cost) as billed_cost,
    sum(effective_cost) as effective_cost, sum(contracted_cost) as contracted_cost,
    sum(list_cost) as list_cost, sum(on_demand_cost) as on_demand_cost,
    sum(list_on_demand_cost) as list_on_demand_cost, sum(priced_effective_cost) as priced_effective_cost,
    sum(commitment_quantity) as commitment_quantity,
    cast(sum(null_effective_count) as bigint) as null_effective_count,
from daily
group by all
order by charge_month
