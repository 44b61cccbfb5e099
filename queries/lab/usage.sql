-- What did usage that a commitment could cover cost on demand, in which charge period, and which commitment covered it?
--
-- The on-demand equivalent is the contracted cost, else the list cost where that is missing or 0.
--
-- grain:   one row per provider, billing account, currency, service, region, meter, charge period and commitment
-- params:
--   $start_date date  first day, inclusive (UTC)
--   $end_date   date  last day, exclusive (UTC)
-- source:  charges; specs/commitments.md section 1 (rows used and uncovered); the columns of `absent` stand in where no provider has them

with usage as (
    select found.*,
    from (
        select null::varchar as x_ProviderName, null::varchar as x_UsageType, null::varchar as x_CommitmentTerm, null::varchar as x_Term,
            null::varchar as x_CommitmentPaymentOption, null::varchar as x_CommitmentOffering,
    ) as absent
    cross join lateral (
        select
            coalesce(x_ProviderName, ServiceProviderName) as provider_name,
            BillingAccountId, BillingCurrency, ServiceName, RegionId,
            coalesce(x_UsageType, SkuMeter, ChargeDescription) as meter,
            ChargePeriodStart, ChargePeriodEnd,
            CommitmentDiscountId, concat_ws(' ', CommitmentDiscountType, x_CommitmentOffering) as commitment_type,
            coalesce(x_CommitmentTerm, x_Term) as term, x_CommitmentPaymentOption as payment,
            coalesce(nullif(ContractedCost, 0), nullif(ListCost, 0), if(CommitmentDiscountId is null, EffectiveCost, 0)) as on_demand_cost,
            EffectiveCost,
        from charges
        where ChargePeriodStart >= $start_date::date and ChargePeriodStart < $end_date::date
            and ChargeCategory = 'Usage' and ChargeClass is distinct from 'Correction'
            and ChargePeriodEnd > ChargePeriodStart
            and (CommitmentDiscountStatus = 'Used'
                or (CommitmentDiscountId is null and coalesce(PricingCategory, 'Standard') = 'Standard'))
    ) as found
),
summed as (
    select
        * exclude (on_demand_cost, EffectiveCost), sum(on_demand_cost) as on_demand_cost, sum(EffectiveCost) as effective_cost,
    from usage
    group by all
)
select
    cloud_of(provider_name) as provider,
    BillingAccountId as billing_account_id,
    BillingCurrency as currency,
    ServiceName as service_name,
    coalesce(RegionId, '') as region_id,
    meter,
    if(ChargePeriodEnd <= ChargePeriodStart + interval 1 hour, 'hourly', 'daily') as granularity,
    date_trunc('hour', ChargePeriodStart) as start_at,
    cast(greatest(1, ceil(epoch(ChargePeriodEnd - date_trunc('hour', ChargePeriodStart)) / 3600)) as integer) as hours,
    CommitmentDiscountId as commitment_id,
    commitment_type, term, payment, on_demand_cost, effective_cost,
from summed
where meter is not null and ServiceName is not null
