-- What does one Azure cost export (EA, columns of 2019 and later) hold for one month?
--
-- grain:   one row per charge and day; reads azure_charges of the connection
-- params:
--   $month   varchar billing month, YYYY-MM
--   $dataset varchar ActualCost or AmortizedCost
with charges as (
    select
        c.* exclude (owner_name), o.owner_name, o.team, p.first_day, p.next_day,
        case when $dataset::varchar = 'ActualCost' then actual_cost else amortised_cost end as cost,
        coalesce(try_cast(regexp_extract(unit, '^[0-9]+') as bigint), 1) * case when regexp_matches(unit, '^[0-9]+K') then 1000 when regexp_matches(unit, '^[0-9]+M$') then 1000000 else 1 end as block,
    from azure_charges as c
    join estate.owners as o on o.owner_id = c.owner_id
    cross join estate.calendar as p where p.month = $month::varchar
)
select
    'Halden Freight ' || upper(team[1]) || team[2:] as "InvoiceSectionName",
    'hf-' || team as "AccountName",
    'billing@haldenfreight.example' as "AccountOwnerId",
    owner_id as "SubscriptionId",
    owner_name as "SubscriptionName",
    coalesce(split_part(resource_id, '/', 5), '') as "ResourceGroup",
    coalesce(region, '') as "ResourceLocation",
    strftime(charge_day, '%m/%d/%Y') as "Date",
    case when pricing_model in ('Reservation', 'SavingsPlan') and charge_type <> 'Usage' then benefit_name else concat_ws(' - ', operation, meter, region) end as "ProductName",
    service_name as "MeterCategory",
    coalesce(operation, '') as "MeterSubCategory",
    case when line = 'az-fee' then '' else left(md5(line), 8) || '-' || substr(md5(line), 9, 4) || '-' || substr(md5(line), 13, 4) || '-' || substr(md5(line), 17, 4) || '-' || substr(md5(line), 21, 12) end as "MeterId",
    meter as "MeterName",
    case region when 'westeurope' then 'EU West' when 'northeurope' then 'EU North' when 'norwayeast' then 'NO East' else '' end as "MeterRegion",
    coalesce(unit, '1') as "UnitOfMeasure",
    amount * block as "Quantity",
    case when cost = 0 and charge_type = 'Usage' then 0 else coalesce(effective_price::decimal(20, 10) / block, cost) end::decimal(28, 10) as "EffectivePrice",
    cost as "CostInBillingCurrency",
    '' as "CostCenter",
    coalesce(service_code, '') as "ConsumedService",
    coalesce(resource_id, '') as "ResourceId",
    case when is_tagged then coalesce(list_aggregate(list_transform(tags, lambda t: '"' || t.key || '": "' || t.value || '"'), 'string_agg', ','), '') else '' end as "Tags",
    'MS-AZR-0017P' as "OfferId",
    case when kind = 'Microsoft.Compute/virtualMachines' and service_name = 'Virtual Machines' then '"UsageType": "ComputeHR","ServiceType": "Standard_' || replace(replace(meter, ' Spot', ''), ' ', '_') || '","VCPUs": "' || regexp_extract(meter, '[0-9]+') || '"' else '' end as "AdditionalInfo",
    '' as "ServiceInfo1",
    '' as "ServiceInfo2",
    coalesce(split_part(resource_id, '/', -1), '') as "ResourceName",
    case when pricing_model = 'Reservation' then coalesce(benefit, order_id) else '' end as "ReservationId",
    case when pricing_model = 'Reservation' then benefit_name else '' end as "ReservationName",
    case when cost is null then 0 when charge_type in ('Purchase', 'Refund') then coalesce(effective_price, cost) else coalesce(price, 0) end::decimal(20, 10) as "UnitPrice",
    coalesce(order_id, '') as "ProductOrderId",
    coalesce(benefit_name, '') as "ProductOrderName",
    case when charge_type = 'Usage' and benefit is null then '' else coalesce(case term when 'P1Y' then '12' else '36' end, '') end as "Term",
    coalesce(publisher, 'Azure') as "PublisherType",
    case when publisher = 'Marketplace' then 'Fjordlake Software AS' when order_id is not null and charge_type <> 'Usage' then '' else 'Microsoft' end as "PublisherName",
    charge_type as "ChargeType",
    frequency as "Frequency",
    pricing_model as "PricingModel",
    '' as "AvailabilityZone",
    '73920461' as "BillingAccountId",
    'Halden Freight AS' as "BillingAccountName",
    'EUR' as "BillingCurrencyCode",
    strftime(first_day, '%m/%d/%Y') as "BillingPeriodStartDate",
    strftime(next_day - 1, '%m/%d/%Y') as "BillingPeriodEndDate",
    '73920461' as "BillingProfileId",
    'Halden Freight AS' as "BillingProfileName",
    'hf-' || team as "InvoiceSectionId",
    case when publisher = 'Marketplace' then 'False' else 'True' end as "IsAzureCreditEligible",
    case when line = 'az-fee' then '' else upper(left(md5('part' || line), 3)) || '-' || (10000 + hash(line) % 89999)::varchar end as "PartNumber",
    case when charge_type = 'Usage' then (price * 1.06)::decimal(20, 10) else 0 end as "PayGPrice",
    '' as "PlanName",
    family as "ServiceFamily",
    '' as "CostAllocationRuleName",
    case pricing_model
        when 'Reservation' then '/providers/Microsoft.Capacity/reservationOrders/' || order_id || coalesce('/reservations/' || benefit, '')
        when 'SavingsPlan' then '/providers/Microsoft.BillingBenefits/savingsPlanOrders/' || order_id || coalesce('/savingsPlans/' || benefit, '')
        else ''
    end as "benefitId",
    coalesce(benefit_name, '') as "benefitName",
from charges
where cost is not null
order by charge_day, owner_id, line, "ResourceId", charge_type, pricing_model, n
