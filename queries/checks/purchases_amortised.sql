-- I2: which commitment purchases carry an EffectiveCost, so that the accrual ledger counts them twice?
--
-- grain:   one row per source, billing_period, commitment_id, billing_currency; no row when sound
-- columns:
--   severity          varchar          error
--   source            varchar
--   billing_period    varchar
--   commitment_id     varchar
--   billing_currency  varchar
--   charge_count      bigint
--   effective_cost    decimal(38, 15)
-- source:  relation charges; identity I2 of specs/focus.md section 7

select
    'error' as severity,
    source,
    billing_period,
    CommitmentDiscountId as commitment_id,
    BillingCurrency as billing_currency,
    count(*) as charge_count,
    sum(EffectiveCost) as effective_cost,
from charges
where ChargeCategory = 'Purchase' and CommitmentDiscountId is not null and EffectiveCost <> 0
group by all
order by source, billing_period, commitment_id
