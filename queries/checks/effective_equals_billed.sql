-- I1: which charges that neither cover nor are covered differ between EffectiveCost and BilledCost?
--
-- grain:   one row per source, billing_period, service_name, charge_category, billing_currency with such charges; no row when sound
-- columns:
--   severity          varchar          warning
--   source            varchar
--   billing_period    varchar
--   service_name      varchar
--   charge_category   varchar
--   billing_currency  varchar
--   charge_count      bigint
--   difference        decimal(38, 15)  Σ (billed − effective)
-- source:  relation charges; identity I1 of specs/focus.md section 7; leaves out prepayments and their drawdown

select
    'warning' as severity,
    source,
    billing_period,
    ServiceName as service_name,
    ChargeCategory as charge_category,
    BillingCurrency as billing_currency,
    count(*) as charge_count,
    sum(BilledCost - EffectiveCost) as difference,
from charges
where CommitmentDiscountId is null
    and ChargeCategory <> 'Tax'
    and BilledCost <> EffectiveCost
    and not (ChargeCategory = 'Purchase' and EffectiveCost = 0)
    and not (ChargeCategory = 'Usage' and BilledCost = 0)
group by all
order by source, billing_period, abs(sum(BilledCost - EffectiveCost)) desc, service_name, charge_category
