-- What does each row of an Azure cost details file mean in FOCUS?
--
-- grain:   one row per source row of an ActualCost or AmortizedCost file
-- source:  specs/exports.md 3.3 and 3.4, specs/commitments.md 5; traits dataset and companion (both datasets delivered).
--          Longer than 120 lines because a delivered file is read in one pass.
with staged_rows as (
    select
        * exclude (subscription_guid, subscription_id, billing_account_id, billing_profile_id, invoice_section_id, availability_zone),
        case when lower(columns(['subscription_guid', 'subscription_id', 'billing_account_id', 'billing_profile_id', 'invoice_section_id', 'availability_zone']))
            not in ('-2', 'unassigned', '00000000-0000-0000-0000-000000000000') then columns(['subscription_guid', 'subscription_id', 'billing_account_id', 'billing_profile_id', 'invoice_section_id', 'availability_zone']) end,
        case when charge_type = 'Usage' then 'usage' else coalesce(lower(regexp_replace(charge_type, '[^a-zA-Z]', '', 'g')), 'usage') end as charge_key,
        case when pricing_model = 'OnDemand' then 'ondemand' else lower(regexp_replace(pricing_model, '[^a-zA-Z]', '', 'g')) end as model_key,
        case when additional_info is not null then json_extract_string(additional_info, ['$.ReservationOrderId', '$.ReservationId',
            '$.RINormalizationRatio', '$.VCPUs', '$.ServiceType', '$.VMCapacityReservationId']) end as details,
        rtrim(resource_id, '/') as own_path,
        lower(own_path) as own_key,
        case when contains('/' || lower(resource_id), '/providers/') then string_split('/' || own_key, '/providers/')[-1] end as type_path,
        lower(benefit_id) as benefit_key,
        list_transform(map_keys(tags), lambda k: lower(k)) as folded_keys,
    from staged
),
keyed as (
    select
        *,
        traits.dataset = 'AmortizedCost' as is_amortised,
        coalesce(traits.companion = 'true', false) as has_companion,
        coalesce(cost_in_billing_currency, cost, pre_tax_cost, extended_cost) as native_cost,
        starts_with(charge_key, 'unused') as is_unused,
        lower(coalesce(details[1], product_order_id)) as order_id,
        lower(coalesce(reservation_id, benefit_id, details[2])) as part_id,
        string_split(type_path, '/') as type_parts,
        coalesce(resource_location, location) as place,
        coalesce(nullif(exchange_rate, 0), 1) as rate,
        has_doubles(folded_keys) as has_case_twins,
    from staged_rows
    cross join traits
),
committed as (
    select
        *,
        case
            when not (is_unused or charge_key in ('usage', 'purchase', 'refund')) then null
            when model_key in ('savingsplan', 'savingsplans') or charge_key = 'unusedsavingsplan' then 'Savings Plan'
            when model_key = 'reservation' or is_unused then 'Reservation'
            when model_key is not null then null
            when contains(benefit_key, '/microsoft.billingbenefits/') then 'Savings Plan'
            when coalesce(benefit_id, reservation_id) is not null then 'Reservation'
        end as commitment,
        case
            when charge_key in ('usage', 'purchase', 'tax', 'credit') then upper(charge_key[1]) || charge_key[2:]
            when is_unused then 'Usage' when charge_key = 'refund' then 'Purchase' else 'Adjustment'
        end as category,
        case when len(type_parts) = 3 and not contains(type_path, '//') then type_parts[1] || '/' || type_parts[2]
            else regexp_replace(type_path, '/([^/]+)/[^/]+', '/\1', 'g') end as native_type,
    from keyed
),
classified as (
    select
        *,
        case
            when commitment is null then null
            when contains(benefit_key, '/microsoft.') then benefit_key
            when contains(part_id, '/microsoft.') or order_id is null then part_id
            when contains(order_id, '/microsoft.') then order_id
            when commitment = 'Reservation' then '/providers/microsoft.capacity/reservationorders/' || order_id || coalesce('/reservations/' || part_id, '')
            else '/providers/microsoft.billingbenefits/savingsplanorders/' || order_id || coalesce('/savingsplans/' || part_id, '')
        end as commitment_id,
        coalesce(commitment is not null and charge_key in ('purchase', 'refund'), false) as is_fee,
        case when meter_category is null or not coalesce(starts_with(native_type, 'microsoft.capacity/') or starts_with(native_type, 'microsoft.billingbenefits/'), false)
            then coalesce(native_type, lower(resource_type)) end as service_type,
        coalesce(lower(billing_profile_id) <> coalesce(lower(billing_account_id), ''), false) as is_profile,
        coalesce(lower(publisher_type) = 'marketplace' and not starts_with(lower(publisher_name), 'microsoft'), false) as is_vendor,
        commitment is not null and not is_fee as is_covered,
        has_companion and is_amortised = is_fee as is_excluded,
        category in ('Usage', 'Purchase') as has_sku,
        case when is_fee or is_unused then rtrim(coalesce(commitment_id, resource_id), '/') else own_path end as resource_path,
        case
            when resource_path = own_path then native_type
            when contains(lower(resource_path), '/providers/')
            then regexp_replace(regexp_replace(lower(resource_path), '^(.*/)?providers/', ''), '/([^/]+)/[^/]+', '/\1', 'g')
        end as path_type,
    from committed
),
looked_up as (
    select
        classified.*,
        case when by_both.service_name is not null then 1 when by_type.service_name is not null then 2
            when meter_category is not null then 3 when by_consumed.service_name is not null then 4 else 5 end as service_rank,
        coalesce(by_both.service_name, by_type.service_name, meter_category, by_consumed.service_name, consumed_service, 'Azure') as service_name,
        coalesce(case service_rank when 1 then by_both.service_category when 2 then by_type.service_category
            when 3 then coalesce(meter.service_category, family.service_category) when 4 then by_consumed.service_category end, 'Other') as service_category,
        coalesce(case service_rank when 1 then by_both.service_subcategory when 2 then by_type.service_subcategory
            when 3 then coalesce(meter.service_subcategory, family.service_subcategory) when 4 then by_consumed.service_subcategory end, 'Other (Other)') as service_subcategory,
        region_id, region_name, display_name,
        case when distinct_units is null then regexp_extract(replace(unit_of_measure, ',', ''), '^\s*([0-9]+)\s*([KMB]?)(?:\s+|/|$)(.*)$', ['size', 'scale', 'unit']) end as unit_parts,
        case when quantity is null or charge_key not in ('usage', 'purchase', 'refund') and not is_unused then null else coalesce(
            distinct_units, nullif(trim(unit_parts['unit']), ''), case when unit_parts['size'] = '' then trim(unit_of_measure) end, 'Units') end as unit,
        coalesce(cast(pricing_block_size as decimal(18, 0)), nullif(try_cast(unit_parts['size'] as decimal(18, 0))
            * case unit_parts['scale'] when 'K' then 1000 when 'M' then 1000000 when 'B' then 1000000000 else 1 end, 0), 1)::decimal(18, 0) as block_size,
        case when unit is not null then case when quantity = 0 and native_cost <> 0 and unit_price > 0
            then cast(cast(native_cost / (unit_price * rate::decimal(18, 9)) as varchar) as decimal(38, 15)) when block_size = 1 then quantity else cast(cast(quantity / block_size as varchar) as decimal(38, 15)) end end as priced_quantity,
        case when is_excluded then null when is_covered and is_amortised then 0 else native_cost end as billed_cost,
        case when is_excluded or is_covered and not is_amortised then null when is_fee then 0 else native_cost end as accrued_cost,
        case when is_fee then billed_cost else accrued_cost end as own_cost,
        charge_key in ('usage', 'purchase') as has_price,
        case when unit_price is not null or quantity is null then unit_price
            when abs(resource_rate::double * quantity::double - native_cost) <= abs(resource_rate::double * quantity::double / block_size - native_cost)
            then cast(resource_rate as decimal(38, 9)) * block_size else resource_rate end::decimal(38, 15) as price,
    from classified
    left join lookup_azure_services as by_both on by_both.service_key = coalesce(lower(consumed_service), '') || '|' || service_type
    left join lookup_azure_services as by_type on by_type.service_key = '*|' || service_type
    left join lookup_azure_services as by_consumed on by_consumed.service_key = lower(consumed_service) || '|*'
    left join lookup_azure_meter_categories as meter on meter.category_key = lower(trim(meter_category))
    left join lookup_azure_meter_categories as family on family.category_key = 'family:' || lower(trim(service_family))
    left join lookup_azure_regions on region_key = lower(trim(place))
    left join lookup_azure_pricing_units on unit_key = lower(trim(unit_of_measure))
    left join lookup_azure_resource_types on type_key = path_type
),
-- A product of wide decimals costs nine microseconds; of narrow ones, where both factors prove to be whole in them, next to nothing.
rated as (
    select
        *,
        try_cast(price::double as decimal(18, 9)) as narrow_price,
        try_cast(payg_price::double as decimal(18, 9)) as narrow_payg,
        try_cast(rate::double as decimal(18, 6)) as narrow_rate,
        case when rate = 1 then price
            when narrow_rate = rate and narrow_price::decimal(38, 15) = price then cast(narrow_price::decimal(20, 9) * narrow_rate as decimal(38, 15))
            else cast(cast(price as decimal(38, 12)) * cast(rate as decimal(38, 12)) as decimal(38, 15)) end as unit_price_billed,
        case when rate = 1 then payg_price
            when narrow_rate = rate and narrow_payg::decimal(38, 15) = payg_price then cast(narrow_payg::decimal(20, 9) * narrow_rate as decimal(38, 15))
            else cast(cast(payg_price as decimal(38, 12)) * cast(rate as decimal(38, 12)) as decimal(38, 15)) end as payg_price_billed,
    from looked_up
),
narrowed as (
    select
        * replace (try_cast(unit_price_billed::double as decimal(18, 9)) as narrow_price, try_cast(payg_price_billed::double as decimal(18, 9)) as narrow_payg),
        try_cast(priced_quantity::double as decimal(18, 6)) as narrow_quantity,
        narrow_quantity::decimal(38, 15) = priced_quantity as is_narrow,
    from rated
),
multiplied as (
    select
        *,
        case when not has_price then null
            when is_narrow and narrow_price::decimal(38, 15) = unit_price_billed then cast(narrow_price::decimal(20, 9) * narrow_quantity as decimal(38, 15))
            else try(cast(cast(unit_price_billed as decimal(38, 13)) * cast(priced_quantity as decimal(38, 12)) as decimal(38, 15))) end as contracted_product,
        case when not has_price then null
            when is_narrow and narrow_payg::decimal(38, 15) = payg_price_billed then cast(narrow_payg::decimal(20, 9) * narrow_quantity as decimal(38, 15))
            else try(cast(cast(payg_price_billed as decimal(38, 13)) * cast(priced_quantity as decimal(38, 12)) as decimal(38, 15))) end as payg_product,
    from narrowed
),
priced as (
    select
        *,
        coalesce(nullif(contracted_product, 0), own_cost) as contracted_cost,
        coalesce(case when has_price then coalesce(nullif(payg_cost, 0), nullif(payg_product, 0)) end, contracted_cost) as list_cost,
        case
            when not has_sku then null
            when contracted_cost = contracted_product then unit_price_billed
            else coalesce(try_cast(cast(contracted_cost / nullif(priced_quantity, 0) as varchar) as decimal(38, 15)), unit_price_billed)
        end as contracted_price,
        case
            when not has_sku then null
            when list_cost = contracted_cost and coalesce(payg_price, 0) = 0 then contracted_price
            when list_cost in (payg_cost, payg_product) and payg_price <> 0 then payg_price_billed
            else coalesce(try_cast(cast(list_cost / nullif(priced_quantity, 0) as varchar) as decimal(38, 15)), contracted_price)
        end as list_price,
        case when is_fee and charge_key = 'purchase' or is_covered then commitment_id end as counted_commitment,
        try_cast(details[3] as decimal(18, 6)) as ratio,
        try_cast(nullif(regexp_extract(term, '[0-9]+'), '') as integer) * case when regexp_matches(term, '(?i)year|^P[0-9]+Y') then 8760 else 730 end as term_hours,
    from multiplied
)
select
    billed_cost as BilledCost, accrued_cost as EffectiveCost,
    case when not is_excluded then contracted_cost end as ContractedCost,
    case when not is_excluded then list_cost end as ListCost,
    case when contracted_price >= 0 then contracted_price end as ContractedUnitPrice,
    case when list_price >= 0 then list_price end as ListUnitPrice,
    case when has_sku then priced_quantity end as PricingQuantity,
    case when PricingQuantity is not null then unit end as PricingUnit,
    case when category = 'Usage' and not is_unused then quantity end as ConsumedQuantity,
    case when ConsumedQuantity is not null then unit end as ConsumedUnit,
    coalesce(upper(billing_currency), upper(pricing_currency)) as BillingCurrency, coalesce(upper(pricing_currency), upper(billing_currency)) as PricingCurrency,
    case
        when rate = 1 or accrued_cost = 0 then accrued_cost
        when accrued_cost is not null then coalesce(cost_in_pricing_currency, cast(cast(accrued_cost / rate as varchar) as decimal(38, 15)))
    end as PricingCurrencyEffectiveCost,
    case when rate = 1 then ContractedUnitPrice else coalesce(case when contracted_price = unit_price_billed then price end,
        cast(cast(ContractedUnitPrice / rate as varchar) as decimal(38, 15))) end as PricingCurrencyContractedUnitPrice,
    case when rate = 1 then ListUnitPrice else coalesce(case when list_price = payg_price_billed then payg_price end,
        cast(cast(ListUnitPrice / rate as varchar) as decimal(38, 15))) end as PricingCurrencyListUnitPrice,
    category as ChargeCategory,
    case when charge_key = 'refund' then 'Correction' end as ChargeClass,
    coalesce(product, product_order_name, nullif(concat_ws(', ', meter_category, meter_sub_category, meter_name), '')) as ChargeDescription,
    case
        when replace(lower(frequency), '-', '') = 'recurring' or charge_key = 'purchase' and starts_with(lower(frequency), 'usage') then 'Recurring'
        when starts_with(lower(frequency), 'usage') or frequency is null and category = 'Usage' then 'Usage-Based'
        else 'One-Time'
    end as ChargeFrequency,
    case
        when category not in ('Usage', 'Purchase') and model_key is null or category = 'Tax' then null
        when is_covered then 'Committed'
        when model_key = 'spot' then 'Dynamic'
        when is_fee or model_key is null or model_key in ('ondemand', 'reservation', 'savingsplan', 'savingsplans') then 'Standard'
        else 'Other'
    end as PricingCategory,
    coalesce(date_trunc('day', coalesce(date, service_period_start))::timestamp, billing_period_start) as ChargePeriodStart,
    ChargePeriodStart + interval 1 day as ChargePeriodEnd,
    coalesce(date_trunc('day', billing_period_start), date_trunc('month', ChargePeriodStart))::timestamp as BillingPeriodStart,
    case
        when billing_period_end > BillingPeriodStart then date_trunc('day', billing_period_end)::timestamp
            + case when day(billing_period_end) = day(BillingPeriodStart) then interval 0 day else interval 1 day end
        else BillingPeriodStart + interval 1 month
    end as BillingPeriodEnd,
    commitment_id as CommitmentDiscountId,
    case when commitment_id is not null then coalesce(benefit_name, reservation_name, product_order_name) end as CommitmentDiscountName,
    case when commitment_id is not null then commitment end as CommitmentDiscountType,
    case when commitment_id is not null then case commitment when 'Reservation' then 'Usage' else 'Spend' end end as CommitmentDiscountCategory,
    case when commitment_id is not null and is_covered then case when is_unused then 'Unused' else 'Used' end end as CommitmentDiscountStatus,
    case
        when counted_commitment is null then null
        when commitment = 'Savings Plan' then case when rate = 1 then own_cost else cast(cast(own_cost / rate as varchar) as decimal(38, 15)) end
        when is_covered then cast(cast(quantity as decimal(38, 12)) * coalesce(ratio, 1) as decimal(38, 15))
        when ChargeFrequency = 'One-Time' then cast(quantity as decimal(38, 12)) * term_hours
        else cast(quantity as decimal(38, 12)) * date_diff('hour', BillingPeriodStart, BillingPeriodEnd)
    end as CommitmentDiscountQuantity,
    case
        when CommitmentDiscountQuantity is null then null
        when commitment = 'Savings Plan' then PricingCurrency
        when ratio <> 1 then 'Normalized Hours' else 'Hours'
    end as CommitmentDiscountUnit,
    lower(coalesce(details[6],
        case when native_type like 'microsoft.compute/capacityreservationgroups/%' then resource_id end)) as CapacityReservationId,
    case when CapacityReservationId is not null and category = 'Usage' then case
        when CapacityReservationId = lower(resource_id) then 'Unused' else 'Used' end end as CapacityReservationStatus,
    lower(coalesce(subscription_guid, subscription_id)) as SubAccountId,
    case when SubAccountId is not null then coalesce(subscription_name, SubAccountId) end as SubAccountName,
    case when SubAccountId is not null then 'Subscription' end as SubAccountType,
    case when is_profile then billing_profile_id else coalesce(billing_account_id, SubAccountId) end as BillingAccountId,
    case when is_profile then coalesce(billing_profile_name, billing_account_name) when billing_account_id is null then SubAccountName
        else billing_account_name end as BillingAccountName,
    case when is_profile then 'Billing Profile' when billing_account_id is null then SubAccountType else 'Billing Account' end as BillingAccountType,
    case when partner_name is null or starts_with(lower(partner_name), 'microsoft') then 'Microsoft' else partner_name end as InvoiceIssuerName,
    invoice_id as InvoiceId,
    'Microsoft' as x_ProviderName,
    case when is_vendor then publisher_name else 'Microsoft' end as x_PublisherName,
    x_PublisherName as ServiceProviderName,
    'Microsoft' as HostProviderName,
    service_name as ServiceName, service_category as ServiceCategory, service_subcategory as ServiceSubcategory,
    case when place is not null then coalesce(region_id, lower(replace(place, ' ', ''))) end as RegionId,
    case when place is not null then coalesce(region_name, place) end as RegionName,
    availability_zone as AvailabilityZone,
    lower(resource_path) as ResourceId,
    nullif(coalesce(case when resource_path = own_path and lower(resource_name) <> ResourceId then resource_name end,
        case when is_fee or is_unused then CommitmentDiscountName end,
        list_last(string_split(resource_path, '/'))), resource_path) as ResourceName,
    case when ResourceId is not null then coalesce(display_name, path_type, resource_type, consumed_service, 'Resource') end as ResourceType,
    case when category in ('Usage', 'Purchase') then coalesce(product_id, meter_id, part_number, product_order_id) end as SkuId,
    case when SkuId is not null then concat_ws('_', product_id, meter_id, part_number, case when product_id is null and meter_id is null and part_number is null then product_order_id end) end as SkuPriceId,
    case when SkuId is not null then coalesce(meter_name, product) end as SkuMeter,
    case when SkuPriceId is not null and regexp_matches(additional_info, '^\s*\{\s*"') then concat('{',
        '"CoreCount":' || try_cast(details[4] as integer) || ',',
        '"InstanceType":' || to_json(nullif(details[5], '')) || ',',
        ltrim(regexp_replace(additional_info, '([{,]\s*)"([^"]+)"\s*:', '\1"x_\2":', 'g'), ' {')) end as SkuPriceDetails,
    case when has_case_twins then map_from_entries(list_filter(map_entries(tags), lambda e, i: list_position(folded_keys, lower(e.key)) = i)) else tags end as Tags,
    case when is_excluded then 'excluded' else 'charge' end as x_RowKind,
    case when not is_amortised or is_fee and not has_companion then native_cost when has_companion or is_covered then null else native_cost end as x_SourceCost,
    case when is_amortised and (has_companion or not is_fee) then native_cost end as x_SourceEffectiveCost,
    nullif(concat_ws('; ',
        case when is_excluded and is_amortised then 'excluded: the ActualCost row of this purchase or refund stands for it' end,
        case when is_excluded and not is_amortised then 'excluded: the AmortizedCost row stands for it' end,
        case when not is_excluded and is_covered and not is_amortised then 'EffectiveCost unknown: covered by a commitment, AmortizedCost not delivered' end,
        case when not has_companion and is_covered and is_amortised then 'BilledCost 0: paid by the commitment purchase, ActualCost not delivered' end,
        case when not is_excluded and native_cost is null then 'BilledCost unknown: the row has no cost' end,
        case when quantity = 0 and priced_quantity <> 0 then 'PricingQuantity from the cost and the unit price: the row has 0' end,
        case when date is null then 'ChargePeriod assumed: the row has no date' end,
        case when has_price and contracted_cost <> 0 and contracted_product is distinct from contracted_cost then 'ContractedCost from the cost: no unit price' end,
        case when has_price and list_cost = contracted_cost and coalesce(payg_cost, 0) = 0 and coalesce(payg_product, 0) = 0 and list_cost <> 0
            then 'ListCost from ContractedCost: no pay-as-you-go price' end,
        case when has_case_twins then 'Tags: keys that differ only by case folded, the first stands' end,
        case when ChargeFrequency = 'Recurring' and starts_with(lower(frequency), 'usage') then 'ChargeFrequency Recurring: a purchase is not Usage-Based' end,
        case when billing_period_start is null then 'BillingPeriod from the charge date' end,
        case when billing_account_id is null and not is_profile then 'BillingAccountId assumed: the subscription' end,
        case when is_vendor then 'HostProviderName assumed' end
    ), '') as x_SourceChanges,
    case when is_amortised then 'AmortizedCost' else 'ActualCost' end as x_SourceType,
    charge_type as x_ChargeType, pricing_model as x_PricingModel, effective_price as x_EffectiveUnitPrice, cost_in_usd as x_CostInUsd,
    exchange_rate as x_BillingExchangeRate, block_size as x_PricingBlockSize, unit_of_measure as x_PricingUnitDescription,
    meter_id as x_MeterId, meter_category as x_MeterCategory, meter_sub_category as x_MeterSubCategory, meter_region as x_MeterRegion,
    part_number as x_PartNumber, offer_id as x_OfferId, term as x_Term, service_family as x_ServiceFamily, path_type as x_ResourceType,
    lower(coalesce(resource_group, regexp_extract(lower(resource_id), '/resourcegroups/([^/]+)', 1))) as x_ResourceGroup,
    cost_center as x_CostCenter, cost_allocation_rule_name as x_CostAllocationRuleName, account_name as x_AccountName,
    invoice_section_id as x_InvoiceSectionId, invoice_section_name as x_InvoiceSectionName, is_azure_credit_eligible as x_IsAzureCreditEligible,
    billing_account_id as x_BillingAccountId, billing_profile_id as x_BillingProfileId,
    regexp_extract(commitment_id, '^.*?orders/[^/]+') as x_CommitmentOrderId,
    service_period_start as x_ServicePeriodStart, service_period_end as x_ServicePeriodEnd,
    extras,
from priced
