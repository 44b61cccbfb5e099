-- Where do the daily rollup and the charges differ, to the last digit?
--
-- grain:   one row per source, billing_period, version, billing_currency that differs; no row when sound
-- columns:
--   severity                varchar          error
--   source                  varchar
--   billing_period          varchar
--   version                 integer
--   billing_currency        varchar
--   charge_difference       bigint           rows counted in daily − charges
--   billed_difference       decimal(38, 15)
--   effective_difference    decimal(38, 15)
--   contracted_difference   decimal(38, 15)
--   list_difference         decimal(38, 15)
-- source:  marts daily, relation charges

with from_charges as (
    select
        source, billing_period, version, BillingCurrency as billing_currency, count(*) as charges,
        coalesce(sum(BilledCost), 0) as billed, coalesce(sum(EffectiveCost), 0) as effective,
        coalesce(sum(ContractedCost), 0) as contracted, coalesce(sum(ListCost), 0) as list,
    from charges
    group by all
),
from_daily as (
    select
        source, billing_period, version, billing_currency, sum(charge_count) as charges,
        coalesce(sum(billed_cost), 0) as billed, coalesce(sum(effective_cost), 0) as effective,
        coalesce(sum(contracted_cost), 0) as contracted, coalesce(sum(list_cost), 0) as list,
    from daily
    group by all
),
compared as (
    select
        coalesce(d.source, c.source) as source,
        coalesce(d.billing_period, c.billing_period) as billing_period,
        coalesce(d.version, c.version) as version,
        coalesce(d.billing_currency, c.billing_currency) as billing_currency,
        cast(coalesce(d.charges, 0) - coalesce(c.charges, 0) as bigint) as charge_difference,
        coalesce(d.billed, 0) - coalesce(c.billed, 0) as billed_difference,
        coalesce(d.effective, 0) - coalesce(c.effective, 0) as effective_difference,
        coalesce(d.contracted, 0) - coalesce(c.contracted, 0) as contracted_difference,
        coalesce(d.list, 0) - coalesce(c.list, 0) as list_difference,
    from from_daily as d
    full join from_charges as c
        on c.source = d.source and c.billing_period = d.billing_period and c.version = d.version
        and c.billing_currency is not distinct from d.billing_currency
)
select
    'error' as severity, source, billing_period, version, billing_currency,
    charge_difference, billed_difference, effective_difference, contracted_difference, list_difference,
from compared
where charge_difference <> 0 or billed_difference <> 0 or effective_difference <> 0
    or contracted_difference <> 0 or list_difference <> 0
order by source, billing_period, version, billing_currency
