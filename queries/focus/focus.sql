-- What charges does a FOCUS file of any version (0.5-preview to 1.4) hold, in the shape of 1.4?
--
-- grain: one charge per row of staged
-- source: specs/focus.md sections 3 and 7; repairs of Microsoft's own export: specs/exports.md section 3.4
with spellings as (
    select
        map {'usage': 'Usage', 'purchase': 'Purchase', 'tax': 'Tax', 'credit': 'Credit', 'adjustment': 'Adjustment', 'refund': 'Adjustment',
            'usagebased': 'Usage-Based', 'onetime': 'One-Time', 'recurring': 'Recurring', 'ondemand': 'Standard', 'standard': 'Standard', 'dynamic': 'Dynamic',
            'spot': 'Dynamic', 'commitmentbased': 'Committed', 'committed': 'Committed', 'other': 'Other', 'spend': 'Spend',
            'used': 'Used', 'unused': 'Unused', 'usedcommitment': 'Used', 'unusedcommitment': 'Unused', 'correction': 'Correction'} as words,
        map {'aws': 'aws', 'amazon': 'aws', 'microsoft': 'microsoft', 'azure': 'microsoft', 'google': 'google', 'gcp': 'google', 'oracle': 'oracle',
            'oci': 'oracle', 'alibaba': 'alibaba', 'aliyun': 'alibaba', 'tencent': 'tencent', 'huawei': 'huawei', 'ibm': 'ibm'} as clouds
),
delivered as (
    select
        nullif(nullif(nullif(nullif(nullif(trim(columns(* exclude (
            BillingPeriodStart, BillingPeriodEnd, ChargePeriodStart, ChargePeriodEnd, BilledCost, EffectiveCost, ListCost, ContractedCost,
            ListUnitPrice, ContractedUnitPrice, PricingQuantity, ConsumedQuantity, CommitmentDiscountQuantity, PricingCurrencyEffectiveCost,
            PricingCurrencyListUnitPrice, PricingCurrencyContractedUnitPrice, Tags, extras
        ))), ''), 'NULL'), 'null'), 'N/A'), 'NA'),
        columns('^(BillingPeriodStart|BillingPeriodEnd|ChargePeriodStart|ChargePeriodEnd|.*Cost|.*UnitPrice|.*Quantity|Tags|extras)$')
    from staged
),
spelled as (
    select
        * replace (coalesce(words[lower(CapacityReservationStatus)], CapacityReservationStatus) as CapacityReservationStatus,
            coalesce(words[lower(CommitmentDiscountCategory)], CommitmentDiscountCategory) as CommitmentDiscountCategory,
            coalesce(words[lower(regexp_replace(ChargeFrequency, '[^A-Za-z]', '', 'g'))], ChargeFrequency) as ChargeFrequency),
        lower(regexp_replace(ChargeSubcategory, '[^A-Za-z]', '', 'g')) as subcategory,
        case when subcategory like '%credit%' then 'Credit' else coalesce(words[lower(ChargeCategory)], ChargeCategory) end as category,
        case when 'refund' in (subcategory, lower(ChargeCategory)) then 'Correction' else coalesce(words[lower(ChargeClass)], ChargeClass) end as class,
        coalesce(words[lower(CommitmentDiscountStatus)], CommitmentDiscountStatus, case when subcategory like '%usedcommitment' then words[subcategory] end) as status,
        coalesce(words[lower(regexp_replace(PricingCategory, '[^A-Za-z]', '', 'g'))], PricingCategory) as pricing,
        clouds[regexp_extract(lower(ProviderName), '^[a-z]+')] as provider_cloud,
        clouds[regexp_extract(lower(PublisherName), '^[a-z]+')] as publisher_cloud,
        coalesce(provider_cloud, clouds[regexp_extract(lower(coalesce(HostProviderName, ServiceProviderName)), '^[a-z]+')], '') = 'microsoft' as by_microsoft,
        case
            when publisher_cloud is not null then PublisherName
            when ResourceId like 'arn:aws%' or regexp_matches(ServiceName, '^(Amazon|AWS) ') then 'AWS'
            when lower(ResourceId) like '/subscriptions/%' or ServiceName like 'Azure %' then 'Microsoft'
            when regexp_matches(ResourceId, '^(//[a-z]+\.googleapis\.com/|projects/)') or ServiceName like 'Google Cloud %' then 'Google Cloud'
            when ResourceId like 'ocid1.%' then 'Oracle'
        end as visible_cloud,
        provider_cloud is not null and PublisherName is not null and publisher_cloud is distinct from provider_cloud as marketplace,
        coalesce(ProviderName, PublisherName) as seller,
        category = 'Purchase' and CommitmentDiscountId is not null as covering,
        coalesce(CommitmentDiscountId, CommitmentDiscountCategory, CommitmentDiscountType, status, nullif(pricing = 'Committed', false)::varchar) is null as uncommitted,
        try((ListUnitPrice::decimal(38, 12) * PricingQuantity::decimal(38, 12))::decimal(38, 15)) as list_product,
        try((ContractedUnitPrice::decimal(38, 12) * PricingQuantity::decimal(38, 12))::decimal(38, 15)) as contracted_product,
        by_microsoft and status is distinct from 'Unused' and (BilledCost <> 0 or EffectiveCost <> 0) as zero_is_unknown,
        coalesce(BillingPeriodStart, ChargePeriodStart, BillingPeriodEnd - interval 1 day, ChargePeriodEnd) as period_hint,
        case when by_microsoft then {'account': nullif(nullif(lower(BillingAccountId), '-2'), 'unassigned'), 'sub_account': nullif(nullif(lower(SubAccountId), '-2'), 'unassigned'),
            'sub_account_name': nullif(SubAccountName, 'Unassigned'), 'resource': lower(ResourceId), 'commitment': lower(CommitmentDiscountId)}
        else {'account': BillingAccountId, 'sub_account': SubAccountId, 'sub_account_name': SubAccountName, 'resource': ResourceId, 'commitment': CommitmentDiscountId}
        end as ids
    from delivered
    cross join spellings
),
repaired as (
    select
        *,
        case when by_microsoft or BillingPeriodStart is null then date_trunc('month', period_hint) else BillingPeriodStart end as period_start,
        case
            when by_microsoft or BillingPeriodEnd is null or BillingPeriodEnd = period_start + interval 1 month - interval 1 day then period_start + interval 1 month
            when second(BillingPeriodEnd) = 59 then date_trunc('second', BillingPeriodEnd) + interval 1 second
            else BillingPeriodEnd
        end as period_end,
        case
            when by_microsoft and covering and EffectiveCost <> 0 then 0
            when EffectiveCost is not null then EffectiveCost
            when covering then 0
            when uncommitted then BilledCost
        end as effective_cost,
        case
            when zero_is_unknown and coalesce(ContractedCost, 0) = 0 then coalesce(nullif(contracted_product, 0), nullif(effective_cost, 0), BilledCost)
            when by_microsoft and class is null and contracted_product <> 0
                and abs(contracted_product - ContractedCost) > greatest(case when ContractedCost = round(ContractedCost, 2) then 0.005 else 1e-9 end, 1e-6 * abs(ContractedCost)) then contracted_product
            else coalesce(ContractedCost, case when status is distinct from 'Unused' then contracted_product end)
        end as contracted_cost,
        case
            when zero_is_unknown and coalesce(ListCost, 0) = 0 then coalesce(nullif(list_product, 0), contracted_cost)
            else coalesce(ListCost, case when status is distinct from 'Unused' then list_product end)
        end as list_cost,
        case
            when by_microsoft and PricingQuantity = 0 and ContractedCost <> 0 and ContractedUnitPrice <> 0
                then round(ContractedCost::double / ContractedUnitPrice::double, 9)::varchar::decimal(38, 15)
            else PricingQuantity
        end as quantity
    from spelled
)
select
    AllocatedMethodDetails, AllocatedMethodId, AllocatedResourceId, AllocatedResourceName, AllocatedTags, AvailabilityZone, BilledCost,
    ids.account as BillingAccountId, BillingAccountName, BillingAccountType, coalesce(upper(BillingCurrency), 'XXX') as BillingCurrency,
    period_start as BillingPeriodStart, period_end as BillingPeriodEnd, CapacityReservationId, CapacityReservationStatus,
    category as ChargeCategory, class as ChargeClass, ChargeDescription, ChargeFrequency,
    coalesce(ChargePeriodStart, period_start) as ChargePeriodStart, ChargePeriodEnd, CommitmentDiscountCategory, ids.commitment as CommitmentDiscountId,
    CommitmentDiscountName, CommitmentDiscountQuantity, status as CommitmentDiscountStatus, CommitmentDiscountType, CommitmentDiscountUnit,
    CommitmentProgramEligibilityDetails, ConsumedQuantity, ConsumedUnit, ContractApplied, contracted_cost as ContractedCost, ContractedUnitPrice,
    effective_cost as EffectiveCost,
    coalesce(HostProviderName, case when ServiceProviderName is null then case when provider_cloud is null then coalesce(visible_cloud, seller) else ProviderName end end) as HostProviderName,
    InvoiceDetailId, InvoiceId, regexp_replace(InvoiceIssuerName, '^Microsoft Corporation$', 'Microsoft') as InvoiceIssuerName, list_cost as ListCost,
    ListUnitPrice, pricing as PricingCategory, PricingCurrency, PricingCurrencyContractedUnitPrice, PricingCurrencyEffectiveCost,
    PricingCurrencyListUnitPrice, quantity as PricingQuantity, PricingUnit, coalesce(RegionId, Region) as RegionId, coalesce(RegionName, Region) as RegionName,
    ids.resource as ResourceId, ResourceName, ResourceType, ServiceCategory, ServiceName,
    coalesce(ServiceProviderName, case when marketplace then PublisherName else seller end) as ServiceProviderName, ServiceSubcategory, SkuId, SkuMeter,
    SkuPriceDetails, SkuPriceId, ids.sub_account as SubAccountId, ids.sub_account_name as SubAccountName, SubAccountType,
    coalesce(Tags, map_concat(
        entries_to_map(list_transform(try_cast(x_Tags as json[]), lambda t: {'key': concat_ws('/', t->>'namespace', t->>'key'), 'value': t->>'value'})),
        map_of_json(try_cast(x_Labels as json)))) as Tags,
    coalesce(ProviderName, case when InvoiceIssuerName = HostProviderName then HostProviderName else ServiceProviderName end) as x_ProviderName,
    coalesce(PublisherName, ServiceProviderName) as x_PublisherName, traits.format_version as x_SourceFocusVersion,
    ChargeSubcategory as x_ChargeSubcategory, x_Labels, x_Tags, BilledCost as x_SourceCost, EffectiveCost as x_SourceEffectiveCost, 'charge' as x_RowKind,
    null as x_SourceChanges,
    extras
from repaired
cross join traits
