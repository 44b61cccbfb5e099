-- What did each Google Cloud commitment's fee buy in a billing period: which usage did it cover, and what stayed unused?
--
-- grain:   one row per covered usage and commitment (Used), one row per fee charge with an unused share (Unused)
-- source:  specs/exports.md 4.4, specs/commitments.md 5; Σ EffectiveCost of Used and Unused = fee of the period, to the last digit
with fee_rows as (
    select
        *,
        -- A fee row of the new model without offset credit is an hour in which nothing was used.
        if(ChargePeriodStart >= min(ChargePeriodStart) filter (x_CommitmentModel = 'consumption') over (partition by CommitmentDiscountId), 'consumption', x_CommitmentModel) as h_model,
        case h_model when 'resource' then x_CommitmentFamily else h_model end as h_family, CommitmentDiscountId as h_commitment, BillingCurrency as h_currency,
    from parts
    where x_RowKind = 'charge' and ChargeCategory = 'Purchase' and CommitmentDiscountId is not null
),

fees as (
    select
        h_commitment, h_family, h_currency, h_model, max(BillingAccountId) as h_account, max(x_CommitmentSeries) as h_series, max(RegionId) as h_region,
        list(distinct ServiceName) as h_services, max(CommitmentDiscountName) as h_name, max(CommitmentDiscountCategory) as h_category, max(CommitmentDiscountType) as h_type,
        coalesce(sum(BilledCost) filter (x_CommitmentModel <> 'consumption'), 0) as h_fee, sum(ContractedCost) as h_gross, min(CommitmentDiscountUnit) as h_unit,
        case
            when h_model = 'consumption' then sum(ContractedCost - BilledCost)
            when count(*) = count(CommitmentDiscountQuantity) then sum(CommitmentDiscountQuantity)
        end as h_committed,
    from fee_rows
    group by h_commitment, h_family, h_currency, h_model
),

pending as (
    select
        *, [BillingAccountId, BillingCurrency, CommitmentDiscountId, x_CommitmentModel, x_CommitmentFamily, x_CommitmentSeries, RegionId, ServiceName] as h_key
    from parts
    where x_RowKind in ('excluded', 'pending') and x_CommitmentModel is not null
),

candidates as (
    select
        k.h_key, fees.*,
        case
            when (k.x_CommitmentModel = 'consumption') <> (h_model = 'consumption') then null
            when k.CommitmentDiscountId = h_commitment then if(k.x_CommitmentFamily = h_family or h_model = 'spend', 1, 2)
            when k.BillingAccountId <> h_account or k.x_CommitmentModel <> h_model 
                or (h_model <> 'consumption' and h_commitment in (select CommitmentDiscountId from pending)) then null
            when h_model in ('spend', 'consumption') then case
                when list_contains(h_services, k.ServiceName) and k.RegionId is not distinct from h_region then 3
                when list_contains(h_services, k.ServiceName) and (h_region is null or k.RegionId is null) then 4
                when h_region is null then 5
            end
            when k.x_CommitmentFamily <> h_family or k.x_CommitmentSeries <> h_series then null
            when k.RegionId is not distinct from h_region then if(k.x_CommitmentSeries is not distinct from h_series, 3, 4)
            when k.RegionId is null or h_region is null then 5
        end as h_level,
    from (select distinct on (h_key) * from pending) as k
    join fees on h_currency = k.BillingCurrency
    qualify h_level = min(h_level) over (partition by k.h_key)
),

sized as (
    select
        *, count(*) over family as h_pool,
        if(bool_and(h_committed > 0) over family, h_committed, h_fee)::double as h_size,
    from candidates
    window family as (partition by h_key)
),

shares as (
    select
        *,
        if(row_number() over pool = h_pool, 1, coalesce(sum(h_size) over pool / nullif(sum(h_size) over (partition by h_key), 0), 0)) as h_high,
        if(row_number() over pool = 1, 0, coalesce((sum(h_size) over pool - h_size) / nullif(sum(h_size) over (partition by h_key), 0), 0)) as h_low,
    from sized
    window pool as (partition by h_key order by h_commitment, h_family rows unbounded preceding)
),

used as (
    select
        pending.*, shares.* exclude (h_key),
        list_transform([ListCost, ContractedCost, PricingQuantity, ConsumedQuantity, CommitmentDiscountQuantity, x_CoveredCredit, x_SourceCost], lambda x:
            if(coalesce(h_pool, 1) = 1, x, list_reduce(list_transform([h_high, h_low], lambda s: case
                when s = 1 then x
                when abs(x) < 1e10 then round(cast(x as decimal(38, 12)) * cast(s as decimal(16, 15)), 12)
                else cast(x as decimal(38, 3)) * cast(s as decimal(13, 12))
            end::decimal(38, 15)), lambda high, low: high - low))) as h_amounts,
    from pending
    left join shares using (h_key)
),

covered as (
    select
        h_commitment, h_family, h_currency, bool_and(CommitmentDiscountUnit = h_unit and h_committed > 0) as h_measured,
        if(h_measured, sum(h_amounts[5]), sum(h_amounts[6])) as h_covered,
    from used
    group by 1, 2, 3
),

rates as (
    select
        fees.*, h_measured, if(h_model = 'consumption', 0, greatest(0, least(1, coalesce(h_covered / nullif(if(h_measured, h_committed, h_gross), 0), 0)))) as h_utilisation,
        -- Credits are rounded to 6 decimals, so covered hours miss the committed ones by less than a millionth.
        if(h_utilisation > 0.999999, h_fee, round(cast(h_fee as decimal(38, 9)) * cast(h_utilisation as decimal(19, 18)), 12))::decimal(38, 15) as h_used,
        h_fee - h_used as h_unused,
    from fees
    left join covered using (h_commitment, h_family, h_currency)
),

spread as (
    select
        used.*, h_used, h_measured, if(h_measured, h_amounts[5], h_amounts[6]) as h_weight,
        coalesce(try_cast(round(cast(h_used as decimal(38, 9)) * try_cast(h_weight / nullif(sum(h_weight) over whole, 0) as decimal(19, 18)), 12) as decimal(38, 15)), 0) as h_share,
    from used
    left join rates using (h_commitment, h_family, h_currency)
    window whole as (partition by h_commitment, h_family, h_currency)
),

leftover as (
    select
        fee_rows.*, h_unused, h_utilisation,
        coalesce(try_cast(round(cast(h_unused as decimal(38, 9)) * try_cast(BilledCost / nullif(h_fee, 0) as decimal(19, 18)), 12) as decimal(38, 15)), 0) as h_share,
    from fee_rows
    join rates using (h_commitment, h_family, h_currency, h_model)
    where x_CommitmentModel <> 'consumption'
),

settled as (
    select * replace (
        'derived' as x_RowKind, null as x_SourceCost, null as x_SourceEffectiveCost, coalesce(h_amounts[7], 0) as BilledCost,
        coalesce(h_amounts[7], 0) + if(h_commitment is null, 0, h_share + if(row_number() over used_rows = 1, h_used - sum(h_share) over (partition by h_commitment, h_family, h_currency), 0)) as EffectiveCost,
        h_amounts[1] as ListCost, h_amounts[2] as ContractedCost, h_amounts[3] as PricingQuantity, h_amounts[4] as ConsumedQuantity, h_amounts[5] as CommitmentDiscountQuantity, h_amounts[6] as x_CoveredCredit,
        coalesce(h_commitment, CommitmentDiscountId) as CommitmentDiscountId, coalesce(h_name, CommitmentDiscountName) as CommitmentDiscountName,
        coalesce(h_category, CommitmentDiscountCategory) as CommitmentDiscountCategory, coalesce(h_type, CommitmentDiscountType) as CommitmentDiscountType,
        concat_ws('; ',
            case
                when x_CommitmentModel = 'consumption' then 'billed at the commitment price of its consumption model'
                when h_commitment is null then 'covered by a commitment without fee in this period: EffectiveCost 0'
                else 'covered by a commitment: share of its fee'
            end,
            if(h_level > 2, 'commitment found by account, kind and region', null), if(h_pool > 1, 'split between ' || h_pool || ' commitments', null),
            if(h_commitment is not null and h_model <> 'consumption' and not h_measured, 'committed amount unknown: utilisation from credits and fee, at most 100 %', null)
        ) as x_SourceChanges)
    from spread
    window used_rows as (partition by h_commitment, h_family, h_currency order by abs(h_weight) desc, ChargePeriodStart, SkuId, ResourceId, SubAccountId, x_ExportTime)

    union all by name

    select * replace (
        'derived' as x_RowKind, null as x_SourceCost, null as x_SourceEffectiveCost, null as x_Credits, 0 as BilledCost,
        h_share + if(row_number() over fee_order = 1, h_unused - sum(h_share) over (partition by h_commitment, h_family, h_currency), 0) as EffectiveCost,
        'Usage' as ChargeCategory, 'Usage-Based' as ChargeFrequency, 'Committed' as PricingCategory, 'Unused' as CommitmentDiscountStatus,
        0 as ListCost, 0 as ContractedCost, 0 as PricingQuantity, null as ConsumedQuantity, null as ConsumedUnit,
        round(CommitmentDiscountQuantity * (1 - h_utilisation)::double, 9)::decimal(38, 15) as CommitmentDiscountQuantity,
        'unused part of a commitment fee' as x_SourceChanges)
    from leftover
    window fee_order as (partition by h_commitment, h_family, h_currency order by abs(BilledCost) desc, ChargePeriodStart, SkuId, SubAccountId, x_ExportTime)
)

select
    columns(lambda c: not starts_with(c, 'h_') and c <> 'PricingCurrencyEffectiveCost'),
    EffectiveCost as PricingCurrencyEffectiveCost, billing_period as x_BillingPeriod,
from settled
where CommitmentDiscountStatus = 'Used' or EffectiveCost <> 0
