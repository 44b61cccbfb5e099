-- What charges does a FOCUS file of any version (0.5-preview to 1.4) hold, in the shape of 1.4?
--
-- grain: one charge per row of staged
-- source: specs/focus.md sections 3 and 7; repairs of Microsoft's own export: specs/exports.md section 3.4; spellings: lookups/focus_spellings.csv
with spellings as (
    select
        map_from_entries(list((spelling, name)) filter (where kind = 'value')) as words,
        map_from_entries(list((spelling, name)) filter (where kind = 'cloud')) as clouds
    from lookup_focus_spellings
),
delivered as (
    select
        nullif(nullif(nullif(nullif(nullif(trim(columns(lambda c: not regexp_full_match(c,
            '(Billing|Charge)Period(Start|End)|.*(Cost|UnitPrice|Quantity)|Tags|extras'))), ''), 'NULL'), 'null'), 'N/A'), 'NA'),
        columns(lambda c: regexp_full_match(c, '(Billing|Charge)Period(Start|End)|.*(Cost|UnitPrice|Quantity)|Tags|extras'))
    from staged
),
spelled as (
    select
        * replace (
            case when CapacityReservationStatus is not null then coalesce(words[lower(CapacityReservationStatus)], CapacityReservationStatus) end as CapacityReservationStatus,
            case when CommitmentDiscountCategory is not null then coalesce(words[lower(CommitmentDiscountCategory)], CommitmentDiscountCategory) end as CommitmentDiscountCategory
        ),
        case
            when ChargeFrequency is null or ChargeFrequency in ('Usage-Based', 'One-Time', 'Recurring') then ChargeFrequency
            else coalesce(words[lower(translate(ChargeFrequency, '-_ ', ''))], ChargeFrequency)
        end as frequency,
        lower(translate(ChargeSubcategory, '-_ ', '')) as subcategory,
        case
            when subcategory like '%credit%' then 'Credit'
            when ChargeCategory is null or ChargeCategory in ('Usage', 'Purchase', 'Tax', 'Credit', 'Adjustment') then ChargeCategory
            else coalesce(words[lower(ChargeCategory)], ChargeCategory)
        end as category,
        case when 'refund' in (subcategory, lower(ChargeCategory)) then 'Correction' else regexp_replace(ChargeClass, '^correction$', 'Correction', 'i') end as class,
        case
            when CommitmentDiscountStatus is not null then coalesce(words[lower(CommitmentDiscountStatus)], CommitmentDiscountStatus)
            when subcategory like '%usedcommitment' then words[subcategory]
        end as status,
        case
            when PricingCategory is null or PricingCategory in ('Standard', 'Committed', 'Dynamic', 'Other') then PricingCategory
            else coalesce(words[lower(translate(PricingCategory, '-_ ', ''))], PricingCategory)
        end as pricing,
        clouds[regexp_extract(lower(ProviderName), '^[a-z]+')] as provider_cloud,
        case
            when PublisherName = ProviderName then provider_cloud
            when PublisherName is not null then clouds[regexp_extract(lower(PublisherName), '^[a-z]+')]
        end as publisher_cloud,
        case
            when provider_cloud is not null then provider_cloud = 'microsoft'
            when ServiceProviderName is null and HostProviderName is null then false
            else coalesce(clouds[regexp_extract(lower(coalesce(HostProviderName, ServiceProviderName)), '^[a-z]+')] = 'microsoft', false)
        end as by_microsoft,
        case
            when publisher_cloud is not null then PublisherName
            when ResourceId like 'arn:aws%' or regexp_matches(ServiceName, '^(Amazon|AWS) ') then 'AWS'
            when lower(ResourceId) like '/subscriptions/%' or ServiceName like 'Azure %' then 'Microsoft'
            when regexp_matches(ResourceId, '^(//[a-z]+\.googleapis\.com/|projects/)') or ServiceName like 'Google Cloud %' then 'Google Cloud'
            when ResourceId like 'ocid1.%' then 'Oracle'
        end as visible_cloud,
        provider_cloud is not null and PublisherName is not null and publisher_cloud is distinct from provider_cloud as marketplace,
        category = 'Purchase' and CommitmentDiscountId is not null as covering,
        coalesce(CommitmentDiscountId, CommitmentDiscountCategory, CommitmentDiscountType, status, nullif(pricing = 'Committed', false)::varchar) is null as uncommitted,
        try((ListUnitPrice::decimal(38, 12) * PricingQuantity::decimal(38, 12))::decimal(38, 15)) as list_product,
        try((ContractedUnitPrice::decimal(38, 12) * PricingQuantity::decimal(38, 12))::decimal(38, 15)) as contracted_product,
        by_microsoft and status is distinct from 'Unused' and (BilledCost <> 0 or EffectiveCost <> 0) as zero_is_unknown,
        coalesce(BillingPeriodStart, ChargePeriodStart, BillingPeriodEnd - interval 1 day, ChargePeriodEnd) as period_hint,
        if(by_microsoft, nullif(nullif(lower(BillingAccountId), '-2'), 'unassigned'), BillingAccountId) as account,
        if(by_microsoft, nullif(nullif(lower(SubAccountId), '-2'), 'unassigned'), SubAccountId) as sub_account,
        if(by_microsoft, nullif(SubAccountName, 'Unassigned'), SubAccountName) as sub_account_name,
        if(by_microsoft, lower(ResourceId), ResourceId) as resource,
        if(by_microsoft, lower(CommitmentDiscountId), CommitmentDiscountId) as commitment
    from delivered cross join spellings
),
repaired as (
    select
        * replace (if(by_microsoft, replace(ProviderName, 'Microsoft Corporation', 'Microsoft'), ProviderName) as ProviderName,
            if(by_microsoft, replace(PublisherName, 'Microsoft Corporation', 'Microsoft'), PublisherName) as PublisherName,
            if(by_microsoft, replace(InvoiceIssuerName, 'Microsoft Corporation', 'Microsoft'), InvoiceIssuerName) as InvoiceIssuerName),
        by_microsoft and concat_ws('|', ProviderName, PublisherName, InvoiceIssuerName) like '%Microsoft Corporation%' as renamed,
        case when by_microsoft or BillingPeriodStart is null then date_trunc('month', period_hint) else BillingPeriodStart end as period_start,
        case
            when by_microsoft or BillingPeriodEnd is null or BillingPeriodEnd = period_start + interval 1 month - interval 1 day then period_start + interval 1 month
            when second(BillingPeriodEnd) = 59 then date_trunc('second', BillingPeriodEnd) + interval 1 second
            else BillingPeriodEnd
        end as period_end,
        if(by_microsoft and covering, 0, coalesce(EffectiveCost, case when covering then 0 when uncommitted then BilledCost end)) as effective_cost,
        case
            when zero_is_unknown and coalesce(ContractedCost, 0) = 0 then coalesce(nullif(contracted_product, 0), nullif(effective_cost, 0), BilledCost)
            when by_microsoft and class is null and contracted_product <> 0
                and abs(contracted_product - ContractedCost) > greatest(case when ContractedCost = round(ContractedCost, 2) then 0.005 else 1e-9 end, 1e-6 * abs(ContractedCost)) then contracted_product
            else coalesce(ContractedCost, case when status is distinct from 'Unused' then contracted_product end)
        end as contracted_cost,
        case when zero_is_unknown and coalesce(ListCost, 0) = 0 then coalesce(nullif(list_product, 0), contracted_cost)
            else coalesce(ListCost, case when status is distinct from 'Unused' then list_product end)
        end as list_cost,
        if(by_microsoft and PricingQuantity = 0 and ContractedCost <> 0 and ContractedUnitPrice <> 0,
            round(ContractedCost::double / ContractedUnitPrice::double, 9)::varchar::decimal(38, 15), PricingQuantity) as quantity
    from spelled
)
-- Columns that pass unchanged are not named again; the lake takes the FOCUS and x_ columns and leaves the intermediate ones.
select
    repaired.* exclude (extras) replace (
        account as BillingAccountId, sub_account as SubAccountId, sub_account_name as SubAccountName, resource as ResourceId,
        commitment as CommitmentDiscountId,
        period_start as BillingPeriodStart, period_end as BillingPeriodEnd,
        coalesce(upper(BillingCurrency), 'XXX') as BillingCurrency, coalesce(ChargePeriodStart, period_start) as ChargePeriodStart,
        category as ChargeCategory, class as ChargeClass, frequency as ChargeFrequency, status as CommitmentDiscountStatus, pricing as PricingCategory,
        effective_cost as EffectiveCost, contracted_cost as ContractedCost, list_cost as ListCost, quantity as PricingQuantity,
        coalesce(RegionId, Region) as RegionId, coalesce(RegionName, Region) as RegionName,
        coalesce(ServiceProviderName, if(marketplace, PublisherName, ProviderName), PublisherName) as ServiceProviderName,
        coalesce(HostProviderName, case when ServiceProviderName is null then coalesce(if(provider_cloud is null, visible_cloud, null), ProviderName, PublisherName) end) as HostProviderName,
        coalesce(Tags, map_concat(
            entries_to_map(list_transform(try_cast(x_Tags as json[]), lambda t: {'key': concat_ws('/', t->>'namespace', t->>'key'), 'value': t->>'value'})),
            map_of_json(try_cast(x_Labels as json)))) as Tags),
    ChargeSubcategory as x_ChargeSubcategory, traits.format_version as x_SourceFocusVersion, 'charge' as x_RowKind,
    BilledCost as x_SourceCost, EffectiveCost as x_SourceEffectiveCost, coalesce(PublisherName, ServiceProviderName) as x_PublisherName,
    coalesce(ProviderName, if(InvoiceIssuerName = HostProviderName, HostProviderName, ServiceProviderName)) as x_ProviderName,
    nullif(concat_ws('; ',
        case when BilledCost is null then 'BilledCost not delivered' end, case when EffectiveCost is null and effective_cost is null then 'EffectiveCost not delivered'
            when EffectiveCost is null then if(covering, 'EffectiveCost = 0: purchase of a commitment', 'EffectiveCost = BilledCost: no commitment')
            when effective_cost <> EffectiveCost then 'EffectiveCost set to 0: purchase of a commitment' end,
        case when contracted_cost is distinct from ContractedCost then if(contracted_cost = contracted_product, 'ContractedCost from unit price', 'ContractedCost from cost') end,
        case when list_cost is distinct from ListCost then if(list_cost = list_product, 'ListCost from unit price', 'ListCost from ContractedCost') end,
        case when quantity <> PricingQuantity then 'PricingQuantity from cost and unit price' end,
        case when period_start is distinct from BillingPeriodStart then 'BillingPeriodStart set to first of month' end,
        case when period_end is distinct from BillingPeriodEnd then 'BillingPeriodEnd from BillingPeriodStart' end,
        case when ChargePeriodStart is null then 'ChargePeriodStart missing or impossible: BillingPeriodStart taken' end,
        case when ChargePeriodEnd is null then 'ChargePeriodEnd missing or impossible' when ChargePeriodEnd <= ChargePeriodStart then 'ChargePeriodEnd not after ChargePeriodStart' end,
        case when BillingCurrency is null then 'BillingCurrency not delivered: XXX' end,
        case when category is distinct from ChargeCategory or class is distinct from ChargeClass or status is distinct from CommitmentDiscountStatus
            or pricing is distinct from PricingCategory or frequency is distinct from ChargeFrequency then 'enumerated values respelled' end,
        case when by_microsoft and category = 'Purchase' and frequency = 'Usage-Based' then 'ChargeFrequency Usage-Based is invalid on a Purchase' end,
        case when by_microsoft and (account is distinct from BillingAccountId or sub_account is distinct from SubAccountId or resource is distinct from ResourceId
            or commitment is distinct from CommitmentDiscountId) then 'ids lower-cased or blanked' end, case when renamed then 'Microsoft Corporation renamed' end,
        case when coalesce(ServiceProviderName, HostProviderName) is not null or coalesce(ProviderName, PublisherName) is null then null
            when marketplace then 'HostProviderName assumed: marketplace offer hosted by the seller'
            when provider_cloud is null then if(visible_cloud is null, 'HostProviderName assumed: the seller', 'HostProviderName from publisher, resource or service') end,
        case when ProviderName is null and ServiceProviderName is not null then 'ProviderName, PublisherName from the 1.3 names' end,
        case when Tags is null and coalesce(x_Labels, x_Tags) is not null then 'Tags from x_Labels and x_Tags' end
    ), '') as x_SourceChanges,
    extras
from repaired cross join traits
