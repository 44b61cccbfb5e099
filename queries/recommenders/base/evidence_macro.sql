-- The charges that a finding rests on: `charges_of(finding_id, start_date, end_date)`, the days being those of its evidence. The
-- rule says whether covered usage is part of it. A finding without meters is about a commitment, or about everything of its resource,
-- else of its account, region and service.
create or replace temp macro charges_of(finding, start_date, end_date) as table
    select
        c.ChargePeriodStart, c.ChargePeriodEnd, c.SubAccountId, c.RegionId, c.ServiceName, c.ResourceId,
        coalesce(c.x_UsageType, c.SkuMeter) as meter,
        c.ChargeDescription, c.PricingCategory, c.CommitmentDiscountStatus, c.PricingQuantity, c.PricingUnit,
        c.ListCost, c.ContractedCost, c.EffectiveCost, c.BillingCurrency, c.source, c.billing_period, c.version,
    from recommender_charges as c
    inner join recommendations as r on r.finding_id = finding
    inner join recommender_rules as u on u.rule = r.rule
    -- what a commitment left unused may be stated once for its whole month
    where c.ChargePeriodStart >= start_date - 31 and c.ChargePeriodStart < end_date
        and (c.ChargePeriodStart >= start_date or u.evidence = 'unused' and c.ChargePeriodEnd > start_date)
        and c.ChargeCategory = 'Usage' and c.ChargeClass is distinct from 'Correction'
        and cloud_of(c.x_ProviderName) = r.provider and c.BillingCurrency = r.currency
        and c.BillingAccountId is not distinct from r.billing_account_id
        and coalesce(c.SubAccountId = r.sub_account_id, r.sub_account_id is null)
        and case
            when r.evidence_meters is not null then
                list_contains(r.evidence_meters, coalesce(c.x_UsageType, c.SkuMeter)) and c.CommitmentDiscountStatus is distinct from 'Unused'
                and coalesce(c.ResourceId = r.resource_id, r.resource_id is null) and coalesce(c.RegionId = r.region_id, r.region_id is null)
            when r.resource_id is not null then
                (c.ResourceId = r.resource_id or starts_with(c.CommitmentDiscountId, r.resource_id))
            else coalesce(c.RegionId = r.region_id, r.region_id is null) and coalesce(c.ServiceName = r.service_name, r.service_name is null)
        end
        and case u.evidence
            when 'on_demand' then c.CommitmentDiscountStatus is null and c.PricingCategory is distinct from 'Dynamic'
            when 'plan' then coalesce(c.CommitmentDiscountType = 'Savings Plan', true) and c.PricingCategory is distinct from 'Dynamic'
            when 'unused' then c.CommitmentDiscountStatus = 'Unused'
            else true
        end
