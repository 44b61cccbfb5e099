-- What of a commitment's covered usage is left after its negations?
--
-- grain:  one row per BillingAccountId, BillingCurrency and CommitmentDiscountId with a remainder; none when a period is complete
-- source: specs/exports.md 2.4, invariants 1 and 2. Remainders: negations missing from an export, rounding, a plan used beyond its commitment
with remainders as (
    select
        "BillingAccountId",
        "BillingCurrency",
        "CommitmentDiscountId",
        "BillingPeriodStart",
        max("BillingPeriodEnd") as period_end,
        max("BillingAccountName") as account_name,
        max("BillingAccountType") as account_type,
        max("CommitmentDiscountCategory") as commitment_category,
        max("CommitmentDiscountType") as commitment_type,
        if(count("InvoiceId") = count(*) and min("InvoiceId") = max("InvoiceId"), min("InvoiceId"), null) as invoice_id,
        coalesce(sum("x_SourceCost"), 0) - coalesce(sum("BilledCost"), 0) as billed_cost,
        coalesce(sum("x_SourceEffectiveCost"), 0) - coalesce(sum("EffectiveCost"), 0) as effective_cost,
    from parts
    group by all
)
select
    billed_cost as "BilledCost",
    effective_cost as "EffectiveCost",
    billed_cost as "ListCost",
    billed_cost as "ContractedCost",
    "BillingAccountId",
    account_name as "BillingAccountName",
    account_type as "BillingAccountType",
    "BillingCurrency",
    "BillingCurrency" as "PricingCurrency",
    effective_cost as "PricingCurrencyEffectiveCost",
    "BillingPeriodStart",
    period_end as "BillingPeriodEnd",
    "BillingPeriodStart" as "ChargePeriodStart",
    period_end as "ChargePeriodEnd",
    'Adjustment' as "ChargeCategory",
    'Covered usage less its negations in this export: the remainder of '
        || coalesce("CommitmentDiscountId", 'rows that name no commitment') as "ChargeDescription",
    'One-Time' as "ChargeFrequency",
    "CommitmentDiscountId",
    commitment_category as "CommitmentDiscountCategory",
    commitment_type as "CommitmentDiscountType",
    invoice_id as "InvoiceId",
    'AWS' as "InvoiceIssuerName",
    'AWS' as "ServiceProviderName",
    'AWS' as "HostProviderName",
    'AWS' as "x_ProviderName",
    'AWS' as "x_PublisherName",
    'AWS commitment remainder' as "ServiceName",
    'Other' as "ServiceCategory",
    'Other (Other)' as "ServiceSubcategory",
    'derived' as "x_RowKind",
    'derived: closes Σ BilledCost to the delivered cost of commitment rows' as "x_SourceChanges",
from remainders
where billed_cost <> 0 or effective_cost <> 0
