-- What did each meter of each resource charge on each day of the last 13 weeks? The table that recommenders read.
--
-- grain:   one row per provider, account, resource, meter, operation, pricing and day; usage only: no credits, tax, refunds,
--          support, purchases, marketplace, corrections, unused commitments
-- params:
--   $history_start date  first day, inclusive (UTC)
--   $end_date      date  last day, exclusive (UTC)
-- source:  charges; specs/optimisation.md section 2

with usage as (
    select
        cloud_of(x_ProviderName) as provider,
        c.*,
        cast(ChargePeriodStart as date) as charge_date,
        coalesce(x_UsageType, SkuMeter) as raw_meter,
        CommitmentDiscountStatus is not null as is_covered,
    from recommender_charges as c
    where ChargePeriodStart >= $history_start::date and ChargePeriodStart < $end_date::date
        and ChargeCategory = 'Usage'
        and ChargeClass is distinct from 'Correction'
        and CommitmentDiscountStatus is distinct from 'Unused'
        and coalesce(cloud_of(ServiceProviderName) = cloud_of(x_ProviderName), true)
)
select
    provider,
    BillingAccountId as billing_account_id,
    SubAccountId as sub_account_id,
    RegionId as region_id,
    ServiceName as service_name,
    ResourceId as resource_id,
    any_value(ResourceType) as resource_type,
    raw_meter,
    meter_of(provider, raw_meter) as meter,
    x_Operation as operation,
    x_MeterCategory as meter_category,
    x_MeterSubCategory as meter_sub_category,
    SkuPriceDetails as sku_details,
    PricingCategory as pricing_category,
    CommitmentDiscountType as commitment_type,
    is_covered,
    CapacityReservationStatus as capacity_status,
    PricingUnit as unit,
    BillingCurrency as currency,
    charge_date,
    min(ChargePeriodStart) as first_at,
    any_value(ChargeDescription) as description,
    -- hours of the day on which the meter charged; a charge of a day or longer counts the whole day
    if(max(date_diff('hour', ChargePeriodStart, ChargePeriodEnd)) >= 23, 24, count(distinct ChargePeriodStart)) as hours,
    sum(PricingQuantity) as quantity,
    sum((cast(PricingQuantity as decimal(28, 10)) * hours_in_month(charge_date))::decimal(38, 10)) as quantity_hours,
    sum(EffectiveCost) as effective_cost,
    sum(nullif(ContractedCost, 0)) as contracted_cost,
    sum(nullif(ListCost, 0)) as list_cost,
    cast(count(*) as bigint) as charge_count,
from usage
group by all
