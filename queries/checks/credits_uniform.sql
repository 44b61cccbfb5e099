-- I8: which credits do not have one amount in all four cost columns?
--
-- grain:   one row per source, billing_period, charge_category, billing_currency; no row when sound
-- columns:
--   severity          varchar          warning
--   source            varchar
--   billing_period    varchar
--   charge_category   varchar
--   billing_currency  varchar
--   charge_count      bigint
--   billed_cost       decimal(38, 15)
--   effective_cost    decimal(38, 15)
-- source:  relation charges; identity I8 of specs/focus.md section 7

select
    'warning' as severity,
    source,
    billing_period,
    ChargeCategory as charge_category,
    BillingCurrency as billing_currency,
    count(*) as charge_count,
    sum(BilledCost) as billed_cost,
    sum(EffectiveCost) as effective_cost,
from charges
where ChargeCategory in ('Credit', 'Adjustment')
    and ListUnitPrice is null and ContractedUnitPrice is null
    and (BilledCost <> EffectiveCost or BilledCost <> ListCost or BilledCost <> ContractedCost)
group by all
order by source, billing_period, charge_category
