-- What does each row of a Google Cloud billing export say in FOCUS?
--
-- grain:   one row per charge; usage that commitment credits cover becomes its uncovered rest and one `excluded` row per
--          credit, which gcp_billing_settle.sql turns into charges
-- source:  specs/exports.md 4.2-4.4
with opened as (
    select
        * replace (lower(coalesce(cost_type, 'regular')) as cost_type, coalesce(cost, 0) as cost,
            json_transform(service, '{"id": "VARCHAR", "description": "VARCHAR"}') as service,
            json_transform(sku, '{"id": "VARCHAR", "description": "VARCHAR"}') as sku,
            json_transform(project, '{"id": "VARCHAR", "name": "VARCHAR", "ancestors": "JSON", "labels": "JSON"}') as project,
            json_transform(location, '{"location": "VARCHAR", "region": "VARCHAR", "zone": "VARCHAR"}') as location,
            json_transform(resource, '{"name": "VARCHAR", "global_name": "VARCHAR"}') as resource,
            json_transform(usage, '{"amount": "VARCHAR", "unit": "VARCHAR", "amount_in_pricing_units": "VARCHAR", "pricing_unit": "VARCHAR"}') as usage,
            json_transform(price, '{"list_price": "VARCHAR", "effective_price": "VARCHAR", "effective_price_default": "VARCHAR", "tier_start_amount": "VARCHAR", "pricing_unit_quantity": "VARCHAR"}') as price),
        json_extract_string(consumption_model, ['$.id', '$.description']) as model_names, model_names[1] as model_id, model_names[2] as model_name,
        json_extract_string(invoice, ['$.month', '$.publisher_type']) as invoice_facts, invoice_facts[1] as month_text,
        nullif(subscription->>'instance_id', '') as subscription_id,
        coalesce(if(length(month_text) = 6, try_strptime(month_text, '%Y%m'), null), try_strptime(left(regexp_replace(month_text, '[^0-9]', '', 'g'), 6), '%Y%m')) as invoice_month,
        if(json_type(labels) = 'ARRAY', json_transform(labels, '[{"key": "VARCHAR", "value": "VARCHAR"}]'), map_entries(parse_map(labels))) as label_list,
        if(json_type(system_labels) = 'ARRAY', json_transform(system_labels, '[{"key": "VARCHAR", "value": "VARCHAR"}]'), map_entries(parse_map(system_labels))) as system_list,
        json_transform(if(json_type(tags) = 'ARRAY', tags, '[]'), '[{"key": "VARCHAR", "value": "VARCHAR", "namespace": "VARCHAR"}]') as tag_list,
        list_transform(json_transform(
            case
                when credits is null or credits = '[]' or json_type(credits) = 'NULL' then '[]'
                when json_type(credits) = 'ARRAY' then credits
                when json_type(credits) = 'OBJECT' then '[' || credits || ']'
                when json_type(credits) in ('DOUBLE', 'BIGINT', 'UBIGINT') then '[{"amount": ' || credits || '}]'
                else error('credits cannot be read: ' || left(credits, 200))
            end, '[{"type": "VARCHAR", "id": "VARCHAR", "name": "VARCHAR", "full_name": "VARCHAR", "amount": "VARCHAR"}]'
        ), lambda c: {
            'id': coalesce(nullif(c.id, ''), nullif(c.full_name, ''), nullif(c.name, '')), 'name': coalesce(nullif(c.full_name, ''), nullif(c.name, '')),
            'amount': coalesce(parse_decimal(c.amount), 0),
            'model': case
                when c.type = 'FEE_UTILIZATION_OFFSET' then 'consumption'
                when c.type = 'COMMITTED_USAGE_DISCOUNT_DOLLAR_BASE' or (c.type is null and regexp_matches(c.name, '^committed us(e|age) discount.*dollar', 'i')) then 'spend'
                when c.type = 'COMMITTED_USAGE_DISCOUNT' or (c.type is null and regexp_matches(c.name, '^committed us(e|age) discount', 'i')) then 'resource'
            end,
        }) as credits_read,
    from staged
),

read as (
    select
        *,
        if(json_type(project.labels) = 'ARRAY', json_transform(project.labels, '[{"key": "VARCHAR", "value": "VARCHAR"}]'), map_entries(parse_map(project.labels->>'$'))) as project_list,
        list_filter(credits_read, lambda c: c.model = 'consumption') as offsets,
        coalesce(list_sum(list_transform(credits_read, lambda c: c.amount)), 0) as credited,
        lower(sku.description) as sku_key,
        contains(sku_key, 'commit') or contains(sku_key, 'cud') as may_be_fee,
    from opened
),

sorted as (
    select
        *,
        case
            when cost_type = 'tax' then 'Tax'
            when cost_type <> 'regular' then 'Adjustment'
            when len(offsets) > 0 or may_be_fee and (regexp_matches(sku.description, '^\s*commitment', 'i')
                or (subscription_id is not null and regexp_matches(sku.description, '\b(commitment|committed use|cuds?)\b', 'i'))) then 'Purchase'
            else 'Usage'
        end as category,
        coalesce(lower(model_name) <> 'default', model_id <> '7754-699E-0EBF', false) as has_model,
        -- Text above 9,223 casts to decimal(38, 15) a hundred times slower than to 18 digits, which hold any float64 that Google writes.
        list_transform(list_transform([usage.amount, usage.amount_in_pricing_units], lambda x: {'text': x, 'size': abs(try_cast(x as double))}), lambda x: case
            when x.size < 900 then try_cast(x.text as decimal(18, 15))::decimal(38, 15)
            when x.size < 9e8 then try_cast(x.text as decimal(18, 9))::decimal(38, 15)
            when x.size < 9e14 then try_cast(x.text as decimal(18, 3))::decimal(38, 15)
            else try_cast(try_cast(try_cast(x.text as double) as decimal(38, 0)) as decimal(38, 15))
        end) as used_amounts,
        coalesce(invoice_month, date_trunc('month', coalesce(usage_start_time, usage_end_time, export_time) at time zone 'UTC' at time zone 'America/Los_Angeles')) as month_start,
    from read
),

judged as (
    select
        *,
        list_filter(credits_read, lambda c: category = 'Usage' and c.model in ('resource', 'spend') and c.amount <> 0 and sign(c.amount) = -sign(cost)) as covering,
        -list_sum(list_transform(covering, lambda c: c.amount)) as covered_cost, greatest(abs(cost), abs(covered_cost)) as covering_base,
        cost + credited as net_cost,
        case
            when category = 'Purchase' and (has_model or len(offsets) > 0) then 'consumption'
            when category = 'Purchase' and regexp_matches(sku.description, 'dollar|spend|flex', 'i') then 'spend'
            when category = 'Purchase' then 'resource'
            when category = 'Usage' and has_model then 'consumption'
        end as row_model,
        used_amounts[1] as consumed, used_amounts[2] as priced,
        if(category in ('Usage', 'Purchase'), coalesce(priced, consumed, 1), if(category = 'Tax', null, priced)) as quantity,
        [if(cost_type = 'regular', coalesce(cost_at_list, cost), net_cost), if(cost_type = 'regular', coalesce(cost_at_effective_price_default, cost), net_cost), quantity,
            if(category = 'Usage', coalesce(consumed, quantity), null)] as amounts,
    from sorted
),

covered as (
    select
        *, if(len(covering) = 0, [], list_transform(covering, lambda c: {'credit': c, 'amounts': list_transform(amounts, lambda x: case
            when x = cost and covering_base = abs(cost) then -c.amount
            when abs(x) < 1e10 then round(cast(x as decimal(38, 12)) * cast(abs(c.amount) / covering_base as decimal(16, 15)), 12)
            else cast(x as decimal(38, 3)) * cast(abs(c.amount) / covering_base as decimal(13, 12))
        end::decimal(38, 15))})) as covers,
    from judged
),

parts as (
    select
        *, coalesce(abs(covered_cost) < abs(cost), true) or net_cost <> 0 as has_rest,
        unnest(list_concat(
            if(has_rest, [{'role': 'charge', 'carries': true, 'credit': covering[0], 'model': row_model,
                'amounts': list_transform(amounts, lambda x, i: x - coalesce(list_sum(list_transform(covers, lambda c: c.amounts[i])), 0))}], []),
            list_transform(covers, lambda c, n: {'role': 'covered', 'carries': not has_rest and n = 1, 'credit': c.credit, 'model': c.credit.model,
                'amounts': if(has_rest or n > 1, c.amounts,
                    list_transform(amounts, lambda x, i: x - coalesce(list_sum(list_transform(covers[2:], lambda o: o.amounts[i])), 0)))}),
            if(category = 'Purchase' and row_model = 'consumption' and net_cost <> 0, [{'role': 'unused', 'carries': false, 'credit': covering[0], 'model': row_model,
                'amounts': [0, 0, 0, null]::decimal(38, 15)[]}], [])
        )) as part,
    from covered
),

named as (
    select
        *,
        if(part.role = 'covered',
            if(len(covering) = 1, coalesce(subscription_id, part.credit.id), coalesce(part.credit.id, subscription_id)),
            coalesce(subscription_id, if(category = 'Purchase', offsets[1].id, coalesce(model_id, model_name)))) as stated_commitment,
        -- Usage at a commitment price whose subscription the row does not name waits for the fees of the period.
        part.role = 'covered' or (category = 'Usage' and part.model = 'consumption' and subscription_id is null) as is_pending,
        if(part.model is null, null, coalesce(stated_commitment, concat_ws('/', billing_account_id, sku.id, location.region))) as commitment,
        if(category in ('Usage', 'Purchase'), coalesce(sku.id, sku.description, service.id, 'unknown'), if(category = 'Tax', null, sku.id)) as sku_id,
        coalesce(upper(transaction_type) <> 'GOOGLE', invoice_facts[2] = 'PARTNER', false) as third_party,
        if(category = 'Purchase' and part.model is not null, commitment, coalesce(resource.global_name, resource.name)) as resource_id,
        list_transform(list_filter(list_concat(
            coalesce(label_list, []),
            coalesce(list_transform(project_list, lambda e: {'key': 'project/' || e.key, 'value': e.value}), []),
            list_transform(tag_list, lambda e: {'key': coalesce(e.namespace || '/', '') || e.key, 'value': e.value}),
            coalesce(list_transform(system_list, lambda e: {'key': 'system/' || e.key, 'value': e.value}), [])
        ), lambda e: e.key is not null), lambda e: {'key': e.key, 'value': coalesce(nullif(e.value, ''), 'true')}) as tag_entries,
        list_transform(['machine_spec', 'reservation_name', 'is_unused_reservation'],
            lambda k: list_filter(system_list, lambda e: e.key = 'compute.googleapis.com/' || k)[1].value) as system_values,
        nullif(lower(coalesce(nullif(location.region, ''), location.location)), 'global') as region,
        if(part.model is null, null, regexp_replace(sku.description, '(memory|compute)[ -]optimized', '', 'i')) as skutext,
        case
            when part.model is null then null
            when regexp_matches(skutext, '\bgpus?\b|nvidia|\btpu', 'i') then 'gpu'
            when regexp_matches(skutext, '\bssd\b', 'i') then 'ssd'
            when regexp_matches(skutext, '\b(ram|memory)\b', 'i') then 'ram'
            when regexp_matches(skutext, '\b(v?cpus?|cores?)\b', 'i') then 'cpu'
            else 'other'
        end as family,
        if(part.model = 'spend', quantity::double * coalesce(currency_conversion_rate, 1), null) as committed,
        coalesce(nullif(try_cast(price.pricing_unit_quantity as double), 0), 1) as price_block,
        list_transform([price.list_price, coalesce(price.effective_price_default, price.effective_price)],
            lambda x: coalesce(if(narrow_decimal(x, 10), try_cast(x as decimal(18, 10))::decimal(38, 15), null), try_cast(x as decimal(38, 15)))) as stated_prices,
    from parts
),

priced as (
    select
        *,
        list_transform(if(price_block = 1, stated_prices, list_transform(stated_prices, lambda x: (x / price_block)::decimal(38, 15))), lambda x, i:
            if(category in ('Usage', 'Purchase'), abs(coalesce(x, (amounts[i] / nullif(quantity, 0))::decimal(38, 15), amounts[i])), null)) as unit_prices,
        list_transform(tag_entries, lambda e: e.key) as tag_keys,
        month_start at time zone 'America/Los_Angeles' at time zone 'UTC' as BillingPeriodStart,
        (month_start + interval 1 month) at time zone 'America/Los_Angeles' at time zone 'UTC' as BillingPeriodEnd,
        contains(sku_key, 'spot') or contains(sku_key, 'preemptible') as may_be_spot,
    from named
)

select
    coalesce(replace(billing_account_id, '_', '-'), 'unknown') as BillingAccountId, BillingAccountId as BillingAccountName, 'Billing Account' as BillingAccountType,
    coalesce(upper(currency), 'USD') as BillingCurrency, strftime(month_start, '%Y-%m') as x_BillingPeriod,
    BillingPeriodStart, BillingPeriodEnd,
    coalesce(usage_start_time, BillingPeriodStart) as ChargePeriodStart, coalesce(usage_end_time, usage_start_time + interval 1 hour, BillingPeriodEnd) as ChargePeriodEnd,
    if(part.role = 'unused', 'Usage', category) as ChargeCategory,
    if((adjustment_info->>'type') like '%\_CORRECTION' escape '\' and date_trunc('month', usage_start_time at time zone 'UTC' at time zone 'America/Los_Angeles') < month_start, 'Correction', null) as ChargeClass,
    coalesce(sku.description, adjustment_info->>'description', service.description) as ChargeDescription,
    case when ChargeCategory = 'Usage' then 'Usage-Based' when category = 'Purchase' then 'Recurring' else 'One-Time' end as ChargeFrequency,
    if(is_pending, null, if(part.role = 'unused', 0, net_cost)) as BilledCost,
    if(is_pending, null, if(part.role = 'charge' and category = 'Purchase', 0, net_cost)) as EffectiveCost,
    part.amounts[1] as ListCost, part.amounts[2] as ContractedCost, part.amounts[3] as PricingQuantity, part.amounts[4] as ConsumedQuantity,
    if(PricingQuantity is null, null, coalesce(priced_unit.focus_unit, usage.pricing_unit, consumed_unit.focus_unit, usage.unit, 'Count')) as PricingUnit,
    if(ConsumedQuantity is null, null, if(consumed is null, PricingUnit, coalesce(consumed_unit.focus_unit, usage.unit, PricingUnit))) as ConsumedUnit,
    unit_prices[1] as ListUnitPrice, unit_prices[2] as ContractedUnitPrice,
    BillingCurrency as PricingCurrency, EffectiveCost as PricingCurrencyEffectiveCost, ListUnitPrice as PricingCurrencyListUnitPrice, ContractedUnitPrice as PricingCurrencyContractedUnitPrice,
    case
        when category not in ('Usage', 'Purchase') then null
        when part.model is not null and ChargeCategory = 'Usage' then 'Committed'
        when may_be_spot and regexp_matches(sku.description, '\b(spot|preemptible)\b', 'i') then 'Dynamic'
        else 'Standard'
    end as PricingCategory,
    commitment as CommitmentDiscountId, if(commitment is null, null, coalesce(part.credit.name, if(category = 'Purchase', sku.description, model_name))) as CommitmentDiscountName,
    case part.model when 'resource' then 'Usage' when 'spend' then 'Spend' when 'consumption' then 'Spend' end as CommitmentDiscountCategory,
    case CommitmentDiscountCategory when 'Usage' then 'Resource-based CUD' when 'Spend' then 'Spend-based CUD' end as CommitmentDiscountType,
    if(part.model is null or ChargeCategory <> 'Usage', null, if(part.role = 'unused', 'Unused', 'Used')) as CommitmentDiscountStatus,
    case
        when part.model = 'resource' then if(category = 'Purchase' and cost < 0, -abs(quantity), part.amounts[3])
        when part.role = 'covered' then -part.credit.amount
        when part.role = 'unused' then cost + coalesce(list_sum(list_transform(offsets, lambda c: c.amount)), 0)
        when part.model = 'consumption' then cost
        when part.model = 'spend' and abs(committed / nullif(cost, 0)) between 0.999 and 10 then sign(cost) * abs(committed)
        when part.model = 'spend' and abs(committed / nullif(cost, 0)) between 99.9 and 1000 then sign(cost) * abs(committed) / 100
    end::decimal(38, 15) as CommitmentDiscountQuantity,
    if(CommitmentDiscountQuantity is null, null, if(part.model <> 'resource', BillingCurrency, if(family = 'ram' and PricingUnit = 'Hours', 'GiB-Hours', PricingUnit))) as CommitmentDiscountUnit,
    project.id as SubAccountId, if(project.id is null, null, coalesce(project.name, project.id)) as SubAccountName,
    if(project.id is null, null, 'Project') as SubAccountType,
    coalesce(service.description, service.id, 'Google Cloud') as ServiceName,
    coalesce(services.service_category, 'Other') as ServiceCategory, coalesce(services.service_subcategory, 'Other (Other)') as ServiceSubcategory,
    sku_id as SkuId, sku_id || coalesce('/' || price.tier_start_amount, '') as SkuPriceId, if(sku_id is null, null, sku.description) as SkuMeter,
    if(sku_id is null, null, nullif(json_object('InstanceType', system_values[1])::varchar, '{"InstanceType":null}')) as SkuPriceDetails,
    region as RegionId, if(region is null, null, coalesce(regions.region_name, location.location, region)) as RegionName, nullif(location.zone, '') as AvailabilityZone,
    resource_id as ResourceId, if(resource_id = commitment, sku.description, nullif(resource.name, resource_id)) as ResourceName,
    if(resource_id is null, null, if(resource_id = commitment, 'Commitment', coalesce(nullif(string_split(resource.global_name, '/')[-2], ''), 'Resource'))) as ResourceType,
    if(category = 'Usage', system_values[2], null) as CapacityReservationId,
    if(CapacityReservationId is null, null, if(lower(system_values[3]) = 'true', 'Unused', 'Used')) as CapacityReservationStatus,
    'Google Cloud' as InvoiceIssuerName, 'Google Cloud' as HostProviderName, 'Google Cloud' as x_ProviderName,
    if(third_party, coalesce(seller_name, 'Google Cloud'), 'Google Cloud') as ServiceProviderName, ServiceProviderName as x_PublisherName,
    case
        when len(tag_entries) = 0 then null
        when has_doubles(tag_keys) then entries_to_map(tag_entries)
        else map_from_entries(tag_entries)
    end as Tags,
    if(is_pending, if(part.carries, 'excluded', 'pending'), if(part.role = 'unused', 'derived', 'charge')) as x_RowKind,
    if(part.carries, net_cost, null) as x_SourceCost, x_SourceCost as x_SourceEffectiveCost,
    nullif(concat_ws('; ',
        if(is_pending, 'pending: covered by commitment', null),
        if(part.role = 'charge' and len(covers) > 0, 'uncovered rest of usage that a commitment covers', null),
        if(part.role = 'charge' and row_model = 'consumption' and category = 'Usage', 'billed at the commitment price of its consumption model', null),
        if(part.role = 'unused', 'unused part of the fee: cost and FEE_UTILIZATION_OFFSET', null),
        if(invoice_month is null, 'billing period from usage time', null), if(currency is null, 'currency assumed USD', null),
        if(category in ('Usage', 'Purchase') and priced is null, 'PricingQuantity from usage.amount or 1', null),
        if(third_party, 'hosting by Google Cloud assumed', null)
    ), '') as x_SourceChanges,
    export_time as x_ExportTime, cost_type as x_CostType, strftime(invoice_month, '%Y%m') as x_InvoiceMonth, if(part.carries, json(credits)::varchar, null) as x_Credits,
    currency_conversion_rate as x_CurrencyConversionRate, coalesce(model_name, model_id) as x_ConsumptionModel, project.ancestors::varchar as x_ProjectAncestors,
    part.model as x_CommitmentModel, -part.credit.amount as x_CoveredCredit,
    family as x_CommitmentFamily,
    if(part.model is null, null, coalesce(nullif(lower(regexp_extract(sku.description, '(?i:memory.optimized|compute.optimized)')), ''), nullif(regexp_extract(sku.description, '\b([A-Z][0-9]{1,3}[A-Z]?)\b', 1), ''))) as x_CommitmentSeries,
    extras
from priced
left join lookup_gcp_services as services on services.service_description = lower(service.description)
left join lookup_gcp_regions as regions on regions.region_id = region
left join lookup_gcp_units as priced_unit on priced_unit.unit = lower(usage.pricing_unit)
left join lookup_gcp_units as consumed_unit on consumed_unit.unit = lower(usage.unit)
