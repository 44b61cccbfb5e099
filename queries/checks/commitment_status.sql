-- I4 and I10: which commitment usage is neither Used nor Unused, or is billed although a commitment covers it?
--
-- grain:   one row per source, billing_period, commitment_id, billing_currency, problem; no row when sound
-- columns:
--   severity          varchar          error when Used + Unused misses cost, warning when covered usage is billed
--   source            varchar
--   billing_period    varchar
--   commitment_id     varchar
--   billing_currency  varchar
--   problem           varchar
--   charge_count      bigint
--   effective_cost    decimal(38, 15)
--   billed_cost       decimal(38, 15)
-- source:  relation charges; identities I4 and I10 of specs/focus.md section 7

with judged as (
    select
        *,
        case
            when CommitmentDiscountStatus is null or CommitmentDiscountStatus not in ('Used', 'Unused') then 'no commitment status'
            when BilledCost <> 0 then 'billed although covered'
        end as problem,
    from charges
    where ChargeCategory = 'Usage' and CommitmentDiscountId is not null and ChargeClass is distinct from 'Correction'
)
select
    case when problem = 'no commitment status' then 'error' else 'warning' end as severity,
    source,
    billing_period,
    CommitmentDiscountId as commitment_id,
    BillingCurrency as billing_currency,
    problem,
    count(*) as charge_count,
    sum(EffectiveCost) as effective_cost,
    sum(BilledCost) as billed_cost,
from judged
where problem is not null
group by all
order by source, billing_period, commitment_id, problem
