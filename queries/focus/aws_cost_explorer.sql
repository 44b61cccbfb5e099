-- What does a daily cost of AWS Cost Explorer say in FOCUS?
--
-- grain:  one row per day, account, service and record type, and a derived second one for the amortised part of a commitment fee
-- note:   quantities of several units are added up by AWS and tell nothing (unit N/A, read as null); prices, resources and commitments are unknown
-- source: specs/exports.md 2.4 and 2.6; how a record type is treated: lookup_aws_record_types
with items as (
    select
        staged.*,
        charge_category,
        charge_frequency,
        coalesce(treatment, 'other') as treatment,
        coalesce(net_unblended_cost, unblended_cost, 0) as billed,
        coalesce(net_amortized_cost, amortized_cost) as amortised,
        coalesce(unblended_cost, billed) as unblended,
        date_trunc('day', usage_date) as day,
        coalesce(staged.currency, 'USD') as billing_currency,
        if(usage_unit is null, null, usage_quantity) as quantity,
        unnest(case
            when treatment = 'negation' then ['excluded']
            when treatment = 'fee' and amortised <> 0 then ['charge', 'derived']
            else ['charge']
        end) as row_kind,
        row_kind = 'derived' as unused,
    from staged
    left join lookup_aws_record_types as types on lower(types.record_type) = lower(staged.record_type)
),
priced as (
    select
        *,
        treatment in ('usage', 'committed', 'covered') as metered,
        case when metered or unused then 'Usage' else coalesce(charge_category, 'Adjustment') end as category,
        case when unused or treatment = 'covered' then 0 when row_kind = 'charge' then billed end as billed_cost,
        case when unused then amortised when treatment = 'fee' then 0 when row_kind = 'charge' then amortised end as effective_cost,
    from items
)
select
    billed_cost as "BilledCost",
    effective_cost as "EffectiveCost",
    case when unused then effective_cost when treatment = 'discount' then 0 when metered then null else billed end as "ListCost",
    case
        when unused then effective_cost
        when treatment = 'covered' then unblended
        when treatment = 'committed' then null
        else billed
    end as "ContractedCost",
    coalesce(payer_account_id, linked_account_id, 'Unknown') as "BillingAccountId",
    "BillingAccountId" as "BillingAccountName",
    'Payer Account' as "BillingAccountType",
    linked_account_id as "SubAccountId",
    linked_account_id as "SubAccountName",
    if(linked_account_id is null, null, 'Linked Account') as "SubAccountType",
    billing_currency as "BillingCurrency",
    billing_currency as "PricingCurrency",
    effective_cost as "PricingCurrencyEffectiveCost",
    date_trunc('month', day) as "BillingPeriodStart",
    "BillingPeriodStart" + interval 1 month as "BillingPeriodEnd",
    day as "ChargePeriodStart",
    day + interval 1 day as "ChargePeriodEnd",
    category as "ChargeCategory",
    if(unused, 'Commitment fee not covered by usage: ', '') || concat_ws(' ', priced.service, record_type) as "ChargeDescription",
    case when metered or unused then 'Usage-Based' else coalesce(charge_frequency, 'One-Time') end as "ChargeFrequency",
    case
        when category not in ('Usage', 'Purchase') then null
        when unused or treatment in ('committed', 'covered') then 'Committed'
        else 'Standard'
    end as "PricingCategory",
    if(metered, quantity, null) as "ConsumedQuantity",
    if("ConsumedQuantity" is null, null, usage_unit) as "ConsumedUnit",
    'AWS' as "InvoiceIssuerName",
    'AWS' as "ServiceProviderName",
    'AWS' as "HostProviderName",
    'AWS' as "x_ProviderName",
    'AWS' as "x_PublisherName",
    coalesce(known.service_name, priced.service, 'Unknown') as "ServiceName",
    coalesce(kinds.service_category, 'Other') as "ServiceCategory",
    coalesce(kinds.service_subcategory, 'Other (Other)') as "ServiceSubcategory",
    record_type as "x_ChargeType",
    priced.service as "x_ServiceCode",
    row_kind as "x_RowKind",
    if(unused, null, billed) as "x_SourceCost",
    if(unused, null, amortised) as "x_SourceEffectiveCost",
    nullif(concat_ws('; ',
        case
            when treatment = 'negation' then 'excluded: savings plan negation, netted against the covered usage'
            when treatment = 'other' then 'record type ' || coalesce(record_type, 'missing') || ' is unknown: read as Adjustment'
        end,
        if(unused, 'derived: unused part of the commitment fee', null),
        if(treatment in ('committed', 'covered', 'fee'), 'CommitmentDiscountId: Cost Explorer names no commitment', null),
        if(row_kind = 'charge' and amortised is null, 'EffectiveCost: no amortised amount delivered', null),
        if(metered, 'ListCost: no public price delivered', null),
        if(lower(estimated) = 'true', 'estimated by AWS', null)), '') as "x_SourceChanges",
from priced
left join lookup_aws_cost_explorer_services as known on known.service = priced.service
left join lookup_aws_services as kinds on kinds.product_code = known.product_code
