-- What does an AWS Cost and Usage Report line item say in FOCUS?
--
-- grain:  one row per line item, and a derived second one for the unused part of a commitment fee
-- note:   list_contains where a list has five members or more: the engine turns a long IN into a join, a whole-row buffer each
-- source: specs/exports.md 2.4 and 2.5, specs/commitments.md 3; how a line item type is treated: lookup_aws_line_item_types
with items as (
    select
        staged.*, net = 'true' as net, charge_category, charge_frequency, line_item_usage_amount as amount, product['product_name'] as product_name,
        coalesce(savings_plan_savings_plan_a_r_n, reservation_reservation_a_r_n) as arn,
        case
            when line_item_operation in ('EKSPod-EC2', 'ECSTask-EC2') then 'split'
            when typed = 'false' then 'usage'
            when default_treatment = 'fee' and arn is not null then 'upfront'
            when default_treatment = 'refund' and regexp_matches(line_item_line_item_description, '(?i)one-?time|up-?front')
                and (arn is not null or regexp_matches(line_item_line_item_description, '(?i)savings plan|reserv')) then 'upfront_refund'
            else coalesce(default_treatment, 'other')
        end as treatment,
        if(list_contains(['usage', 'fee', 'credit', 'tax', 'discount', 'split', 'other'], treatment), null, arn) as commitment_id,
        coalesce(line_item_net_unblended_cost, line_item_unblended_cost, 0) as billed, coalesce(line_item_unblended_cost, billed) as unblended,
        parse_instant(nullif(split_part(identity_time_interval, '/', 1), '')) as interval_start,
        coalesce(bill_billing_period_start_date, line_item_usage_start_date, interval_start) as period_hint, date_trunc('month', period_hint) as period_start,
        coalesce(line_item_usage_start_date, interval_start, period_start) as charge_start,
        coalesce(line_item_usage_end_date, parse_instant(nullif(split_part(identity_time_interval, '/', 2), ''))) as charge_end,
        coalesce(line_item_currency_code, pricing_currency, 'USD') as currency,
        not coalesce(regexp_matches(line_item_legal_entity, '(?i)^(amazon|aws|aispl|beijing sinnet|ningxia western)'), true) as third_party,
        coalesce(bill_billing_entity = 'AWS Marketplace', third_party) as marketplace,
        coalesce(pricing_public_on_demand_cost, (pricing_public_on_demand_rate::decimal(38, 12) * amount::decimal(38, 12))::decimal(38, 15)) as on_demand,
        coalesce(product_region_code, product['region'], regexp_extract(line_item_availability_zone, '^[a-z]{2}(-[a-z]+)+-[0-9]+')) as region_code,
        if(lower(region_code) in ('', 'global', 'any'), null, region_code) as region,
        coalesce(line_item_normalization_factor, 0) > 0 as size_flexible, if(size_flexible, line_item_normalization_factor, 1)::decimal(9, 3) as unit_factor,
    from staged
    cross join traits
    left join lookup_aws_line_item_types as kinds on kinds.line_item_type = line_item_line_item_type
),
parted as (
    select
        items.*,
        case treatment
            when 'reserved' then coalesce(if(net, reservation_net_effective_cost, null), reservation_effective_cost)
            when 'covered' then coalesce(if(net, savings_plan_net_savings_plan_effective_cost, null), savings_plan_savings_plan_effective_cost)
            when 'sp_fee' then savings_plan_total_commitment_to_date - savings_plan_used_commitment
            when 'ri_fee' then coalesce(if(net, reservation_net_unused_amortized_upfront_fee_for_billing_period, null), reservation_unused_amortized_upfront_fee_for_billing_period, 0)
                + coalesce(if(net, reservation_net_unused_recurring_fee, null), reservation_unused_recurring_fee, 0)
            else if(treatment in ('negation', 'upfront', 'upfront_refund'), 0, billed)
        end as amortised,
        unnest(if(treatment in ('negation', 'split'), ['excluded'], if(treatment in ('sp_fee', 'ri_fee') and amortised > 0, ['charge', 'derived'], ['charge']))) as row_kind,
        row_kind = 'derived' as unused,
        list_contains(['sp_fee', 'ri_fee', 'upfront', 'upfront_refund', 'fee'], treatment) and not unused as purchase,
        treatment in ('usage', 'reserved', 'covered') as metered,
        unused and treatment = 'ri_fee' and coalesce(reservation_unused_quantity > 0, false) as unused_units,
        case when metered or unused then 'Usage' when purchase then 'Purchase' else coalesce(charge_category, 'Adjustment') end as category,
        case when unused then amortised when metered then if(on_demand is null or on_demand = 0 and unblended <> 0, unblended, on_demand) when treatment = 'discount' then 0 else billed end as list_cost,
        case when unused then amortised when treatment = 'covered' then unblended when treatment = 'reserved' then list_cost else billed end as contracted_cost,
        case
            when unused then if(unused_units, reservation_unused_quantity, amortised)
            when treatment = 'discount' then billed
            when metered then amount
            when purchase then if(billed < 0, -1, 1) * abs(coalesce(nullif(amount, 0), 1))
        end as quantity,
        if(unused and not unused_units or treatment = 'discount', currency, coalesce(focus_unit, items.pricing_unit, product_pricing_unit, if(unused, 'Hours', 'Unit'))) as unit,
        case when metered then pricing_public_on_demand_rate when purchase then line_item_unblended_rate end as list_rate,
        case treatment
            when 'reserved' then list_rate when 'covered' then line_item_unblended_rate else if(metered or purchase, coalesce(if(net, line_item_net_unblended_rate, null), line_item_unblended_rate), null)
        end as contracted_rate,
        coalesce(if(purchase and treatment <> 'fee' or unused, commitment_id, null), line_item_resource_id) as resource,
        regexp_extract(resource, '^arn:[^:]*:([^:]*):[^:]*:[^:]*:(?:/?([^:/]+)[:/])?', ['service', 'kind']) as resource_arn,
        coalesce(pricing_rate_code, pricing_rate_id, product_sku) as price_id, coalesce(product_sku, nullif(split_part(pricing_rate_code, '.', 1), ''), price_id) as sku,
        coalesce(product_name, if(marketplace, null, product_servicecode), line_item_product_code, 'Unknown') as service,
    from items
    left join lookup_aws_units as units on units.pricing_unit = lower(coalesce(items.pricing_unit, product_pricing_unit))
),
-- A delivered rate stands where rate x quantity is the cost; elsewhere (tiers, discounts, rounded rates) the unit price is cost / quantity.
priced as (
    select
        *,
        case
            when quantity is null or abs(list_rate::double * quantity::double - list_cost::double) <= greatest(5e-7, 1e-6 * abs(list_cost::double)) then list_rate
            when quantity <> 0 then try_cast(list_cost / quantity as decimal(38, 15)) when list_cost = 0 then coalesce(list_rate, 0)
        end as list_price,
        case
            when quantity is null or abs(contracted_rate::double * quantity::double - contracted_cost::double) <= greatest(5e-7, 1e-6 * abs(contracted_cost::double)) then contracted_rate
            when quantity <> 0 then try_cast(contracted_cost / quantity as decimal(38, 15)) when contracted_cost = 0 then coalesce(contracted_rate, 0)
        end as contracted_price,
        if(list_price >= 0, list_price, null) as "ListUnitPrice", if(contracted_price >= 0, contracted_price, null) as "ContractedUnitPrice",
        case when unused or treatment in ('reserved', 'covered') then 0 when row_kind = 'charge' then billed end as "BilledCost",
        case when unused then amortised when purchase and treatment <> 'fee' then 0 when row_kind = 'charge' then coalesce(amortised, 0) end as "EffectiveCost",
        commitment_id is not null and (savings_plan_savings_plan_a_r_n is not null or treatment in ('covered', 'negation', 'sp_fee')) as savings_plan,
        case
            when commitment_id is null or category not in ('Usage', 'Purchase') then null
            when savings_plan then if(unused, amortised, if(treatment = 'covered', "EffectiveCost", if(treatment = 'sp_fee', coalesce(savings_plan_total_commitment_to_date, billed), billed)))
            when unused then coalesce(if(size_flexible, reservation_unused_normalized_unit_quantity, null), (reservation_unused_quantity * unit_factor)::decimal(38, 15))
            when treatment = 'reserved' then (amount * unit_factor)::decimal(38, 15)
            when size_flexible and reservation_total_reserved_normalized_units is not null then if(billed < 0, -reservation_total_reserved_normalized_units, reservation_total_reserved_normalized_units)
            else (coalesce(reservation_total_reserved_units, amount, 1) * if(billed < 0, -unit_factor, unit_factor))::decimal(38, 15)
        end as "CommitmentDiscountQuantity",
        case when resource is null then null when resource_arn.service <> '' then concat_ws(':', resource_arn.service, nullif(resource_arn.kind, ''))
            else coalesce(kinds.resource_type, product_product_family, line_item_product_code, 'Resource') end as "ResourceType",
    from parted
    left join lookup_aws_resource_prefixes as kinds on kinds.prefix = regexp_extract(resource, '^([a-z]+)-[0-9a-f]{8,17}$', 1)
)
select
    "BilledCost", "EffectiveCost", list_cost as "ListCost", contracted_cost as "ContractedCost", "ListUnitPrice", "ContractedUnitPrice",
    coalesce(bill_payer_account_id, line_item_usage_account_id, 'Unknown') as "BillingAccountId", coalesce(bill_payer_account_name, "BillingAccountId") as "BillingAccountName", 'Payer Account' as "BillingAccountType",
    line_item_usage_account_id as "SubAccountId", coalesce(line_item_usage_account_name, line_item_usage_account_id) as "SubAccountName", if(line_item_usage_account_id is null, null, 'Linked Account') as "SubAccountType",
    currency as "BillingCurrency", currency as "PricingCurrency", "EffectiveCost" as "PricingCurrencyEffectiveCost", "ListUnitPrice" as "PricingCurrencyListUnitPrice", "ContractedUnitPrice" as "PricingCurrencyContractedUnitPrice",
    period_start as "BillingPeriodStart", period_start + interval 1 month as "BillingPeriodEnd", charge_start as "ChargePeriodStart", coalesce(charge_end, charge_start + interval 1 hour) as "ChargePeriodEnd",
    category as "ChargeCategory", if(treatment in ('refund', 'upfront_refund') and charge_start < period_start, 'Correction', null) as "ChargeClass",
    if(unused, 'Unused commitment: ', '') || coalesce(line_item_line_item_description, nullif(concat_ws(' ', line_item_product_code, line_item_usage_type, line_item_line_item_type), '')) as "ChargeDescription",
    case
        when metered or unused then 'Usage-Based'
        when treatment = 'fee' and (bill_bill_type = 'Anniversary' or line_item_line_item_description ilike '%monthly%') then 'Recurring'
        else if(treatment in ('upfront', 'upfront_refund'), 'One-Time', coalesce(charge_frequency, 'One-Time'))
    end as "ChargeFrequency",
    commitment_id as "CommitmentDiscountId", if(commitment_id is null, null, if(savings_plan, 'Spend', 'Usage')) as "CommitmentDiscountCategory",
    if(commitment_id is null, null, if(savings_plan, 'Savings Plan', 'Reserved Instance')) as "CommitmentDiscountType", "CommitmentDiscountQuantity",
    case when "CommitmentDiscountQuantity" is null then null when savings_plan then currency when size_flexible then 'Normalized Hours' else 'Hours' end as "CommitmentDiscountUnit",
    case when commitment_id is null then null when unused then 'Unused' when treatment in ('reserved', 'covered') then 'Used' end as "CommitmentDiscountStatus",
    case
        when category not in ('Usage', 'Purchase') then null when unused or treatment in ('reserved', 'covered') then 'Committed'
        when treatment = 'usage' and (contains(line_item_usage_type, 'Spot') or pricing_purchase_option = 'Spot') then 'Dynamic' else 'Standard'
    end as "PricingCategory",
    quantity as "PricingQuantity", if(quantity is null, null, unit) as "PricingUnit",
    case when metered then amount when treatment = 'discount' then 0 end as "ConsumedQuantity", if("ConsumedQuantity" is null, null, if(metered, unit, 'Unit')) as "ConsumedUnit",
    bill_invoice_id as "InvoiceId", if(coalesce(regexp_matches(bill_invoicing_entity, '(?i)^(amazon|aws|aispl)'), true), 'AWS', bill_invoicing_entity) as "InvoiceIssuerName",
    'AWS' as "x_ProviderName", if(marketplace, coalesce(line_item_legal_entity, 'AWS Marketplace'), 'AWS') as seller, seller as "x_PublisherName", seller as "ServiceProviderName", 'AWS' as "HostProviderName",
    service as "ServiceName", if(marketplace, 'Other', coalesce(names.service_category, codes.service_category, 'Other')) as "ServiceCategory",
    if(marketplace, 'Other (Other)', coalesce(names.service_subcategory, codes.service_subcategory, 'Other (Other)')) as "ServiceSubcategory",
    region as "RegionId", if(region is null, null, coalesce(product_location, product['location'], regions.region_name, region)) as "RegionName", line_item_availability_zone as "AvailabilityZone",
    resource as "ResourceId", if(starts_with(resource, 'arn:'), nullif(string_split(string_split(resource, '/')[-1], ':')[-1], ''), null) as "ResourceName", "ResourceType",
    if(category = 'Tax', null, sku) as "SkuId", if(category = 'Tax', null, price_id) as "SkuPriceId", if("SkuId" is null, null, line_item_usage_type) as "SkuMeter",
    if("SkuPriceId" is null, null, nullif('{' || concat_ws(',', '"InstanceType":' || to_json(product_instance_type)::varchar, '"InstanceSeries":' || to_json(product_instance_family)::varchar,
        '"OperatingSystem":' || to_json(product['operating_system'])::varchar, '"CoreCount":' || try_cast(product['vcpu'] as integer), '"x_Tenancy":' || to_json(product['tenancy'])::varchar,
        '"x_DatabaseEngine":' || to_json(product['database_engine'])::varchar, '"x_LicenseModel":' || to_json(product['license_model'])::varchar, '"x_VolumeApiName":' || to_json(product['volume_api_name'])::varchar) || '}', '{}')) as "SkuPriceDetails",
    capacity_reservation_capacity_reservation_arn as "CapacityReservationId",
    case when "CapacityReservationId" is null or category <> 'Usage' then null when capacity_reservation_capacity_reservation_status ilike 'unused' then 'Unused' else 'Used' end as "CapacityReservationStatus",
    coalesce(resource_tags, tags) as all_tags,
    if(list_contains(map_values(all_tags), ''), nullif(map_from_entries(list_filter(map_entries(all_tags), lambda e: e.value <> '')), map {}), all_tags) as "Tags",
    to_json(nullif(cost_category, map {}))::varchar as "x_CostCategories", to_json(nullif(discount, map {}))::varchar as "x_Discounts",
    line_item_line_item_type as "x_ChargeType", line_item_usage_type as "x_UsageType", line_item_operation as "x_Operation", coalesce(product_servicecode, line_item_product_code) as "x_ServiceCode",
    bill_bill_type as "x_BillType", line_item_tax_type as "x_TaxType", bill_invoicing_entity as "x_InvoicingEntity", line_item_legal_entity as "x_LegalEntity",
    if(commitment_id is null, null, if(savings_plan, savings_plan_start_time, reservation_start_time)) as "x_CommitmentStart", if(commitment_id is null, null, if(savings_plan, savings_plan_end_time, reservation_end_time)) as "x_CommitmentEnd",
    if(commitment_id is null, null, if(savings_plan, savings_plan_purchase_term, pricing_lease_contract_length)) as "x_CommitmentTerm", if(commitment_id is null, null, if(savings_plan, savings_plan_payment_option, pricing_purchase_option)) as "x_CommitmentPaymentOption",
    if(savings_plan, savings_plan_offering_type, null) as "x_CommitmentOffering",
    case treatment
        when 'ri_fee' then coalesce(if(net, reservation_net_amortized_upfront_fee_for_billing_period, null), reservation_amortized_upfront_fee_for_billing_period)
        when 'sp_fee' then coalesce(if(net, savings_plan_net_amortized_upfront_commitment_for_billing_period, null), savings_plan_amortized_upfront_commitment_for_billing_period)
    end as "x_AmortizedUpfrontForPeriod",
    row_kind as "x_RowKind", if(unused or treatment = 'split', null, billed) as "x_SourceCost", if(unused or treatment = 'split', null, amortised) as "x_SourceEffectiveCost",
    nullif(concat_ws('; ',
        case treatment when 'negation' then 'excluded: savings plan negation, netted against the covered usage' when 'split' then 'excluded: split cost of a container, its instance is charged whole'
            when 'other' then 'line item type ' || coalesce(line_item_line_item_type, 'missing') || ' is unknown: read as Adjustment' end,
        if(unused, 'derived: unused part of the commitment fee', null),
        if(coalesce(line_item_net_unblended_cost, line_item_unblended_cost) is null, 'BilledCost: no cost delivered, 0', null),
        if(row_kind = 'charge' and amortised is null, 'EffectiveCost: no amortised amount delivered', null),
        if(metered and on_demand is null, 'ListCost: no public price delivered, unblended cost', null),
        if(list_price is distinct from list_rate and metered and list_rate is not null, 'ListUnitPrice: ListCost / PricingQuantity', null),
        if(contracted_price is distinct from contracted_rate and metered and contracted_rate is not null, 'ContractedUnitPrice: ContractedCost / PricingQuantity', null),
        if(treatment = 'discount', 'PricingQuantity: amount of the discount', null),
        if(line_item_currency_code is null, 'BillingCurrency: ' || if(pricing_currency is null, 'assumed', 'pricing currency'), null),
        if(line_item_usage_start_date is null or line_item_usage_end_date is null, 'ChargePeriod: time interval, billing period or one hour', null),
        if(marketplace, 'HostProviderName: assumed', null),
        if(line_item_usage_account_id is not null and line_item_usage_account_name is null, 'SubAccountName: id, no name delivered', null)), '') as "x_SourceChanges",
    extras,
from priced
left join lookup_aws_regions as regions on regions.region_id = region
left join lookup_aws_services as names on names.product_code = product_name
left join lookup_aws_services as codes on codes.product_code = coalesce(if(product_name is null, product_servicecode, null), line_item_product_code)
