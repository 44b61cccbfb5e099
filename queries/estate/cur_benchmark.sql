-- What does a CUR 2.0 export of one month hold for a company of any size? Rows [$first, $last) of $rows.
--
-- grain:   one row per resource and hour: row = resource × hours + hour; every 20th resource covered by a savings plan, every 25th reserved
-- params:
--   $period varchar billing month, YYYY-MM
--   $seed   bigint
--   $rows   bigint rows of the whole month
--   $first  bigint first row, inclusive
--   $last   bigint last row, exclusive
-- source:  column list of specs/exports.md 2.3; used commitment and reserved units follow from the row numbers in closed form
with month as (
    select
        ($period::varchar || '-01')::timestamp as opens, ($period::varchar || '-01')::timestamp + interval 1 month as closes,
        24 * day(last_day(($period::varchar || '-01')::date)) as hours, $rows::bigint as rows, $seed::bigint as seed,
),
kinds as (
    select [
        {'code': 'AmazonEC2', 'name': 'Amazon Elastic Compute Cloud', 'meter': 'BoxUsage:m6i.2xlarge', 'op': 'RunInstances', 'family': 'Compute Instance', 'unit': 'Hrs', 'rate': 0.3840000000::decimal(14, 10), 'type': 'm6i.2xlarge'},
        {'code': 'AmazonEC2', 'name': 'Amazon Elastic Compute Cloud', 'meter': 'EBS:VolumeUsage.gp3', 'op': 'CreateVolume-Gp3', 'family': 'Storage', 'unit': 'GB-Mo', 'rate': 0.0800000000::decimal(14, 10), 'type': ''},
        {'code': 'AmazonS3', 'name': 'Amazon Simple Storage Service', 'meter': 'TimedStorage-ByteHrs', 'op': 'StandardStorage', 'family': 'Storage', 'unit': 'GB-Mo', 'rate': 0.0230000000::decimal(14, 10), 'type': ''},
        {'code': 'AmazonRDS', 'name': 'Amazon Relational Database Service', 'meter': 'InstanceUsage:db.r6g.xlarge', 'op': 'CreateDBInstance:0014', 'family': 'Database Instance', 'unit': 'Hrs', 'rate': 0.4500000000::decimal(14, 10), 'type': 'db.r6g.xlarge'},
        {'code': 'AWSLambda', 'name': 'AWS Lambda', 'meter': 'Lambda-GB-Second', 'op': 'Invoke', 'family': 'Serverless', 'unit': 'Lambda-GB-Second', 'rate': 0.0000166667::decimal(14, 10), 'type': ''},
        {'code': 'AmazonCloudWatch', 'name': 'AmazonCloudWatch', 'meter': 'DataProcessing-Bytes', 'op': 'PutLogEvents', 'family': 'Data Payload', 'unit': 'GB', 'rate': 0.5000000000::decimal(14, 10), 'type': ''},
        {'code': 'AWSDataTransfer', 'name': 'AWS Data Transfer', 'meter': 'DataTransfer-Regional-Bytes', 'op': 'InterZone-In', 'family': 'Data Transfer', 'unit': 'GB', 'rate': 0.0100000000::decimal(14, 10), 'type': ''}
    ] as list
),
numbered as (
    select
        i, i // m.hours as resource, (i % m.hours)::int as hour, m.*, hash(i // m.hours, m.seed) as h, hash(i, m.seed) as g,
        ((m.rows - 1 - i % m.hours) // m.hours) // 20 + 1 as covered_now,
        m.hours * ((m.rows // m.hours + 21) // 25) + case when (m.rows // m.hours) % 25 = 3 then m.rows % m.hours else 0 end as reserved_hours,
    from range($first::bigint, $last::bigint) as r (i)
    cross join month as m
),
typed as (
    select
        *, opens + to_hours(hour) as start_at,
        case when resource = 2 then 'SavingsPlanRecurringFee' when resource = 4 and hour = 0 then 'RIFee' when resource % 20 = 0 then 'SavingsPlanCoveredUsage'
            when resource % 20 = 1 then 'SavingsPlanNegation' when resource % 25 = 3 then 'DiscountedUsage' when resource = 5 and hour < 16 then 'Tax' else 'Usage' end as line_type,
        case when resource % 20 <= 1 or resource % 25 = 3 or resource in (2, 4) then kinds.list[1] else kinds.list[1 + (h % 7)::int] end as k,
        (410000000000 + case when resource % 20 = 1 then hash(resource - 1, seed) else h end % 240)::varchar as account,
        case when resource % 20 = 1 then resource - 1 else resource end as named_resource,
    from numbered
    cross join kinds
),
priced as (
    select
        *, (case when line_type in ('Usage') then 1 + g % 100000 else 10000 end)::decimal(12, 0) * 0.0001::decimal(5, 4) as amount,
        left(md5(named_resource::varchar), 17) as hex, ['eu-west-1', 'us-east-1', 'eu-central-1'][1 + (h % 3)::int] as region,
    from typed
),
valued as (
    select
        *,
        case line_type
            when 'SavingsPlanRecurringFee' then covered_now * 0.2700000000::decimal(14, 10) when 'RIFee' then (reserved_hours + 720) * 0.2400000000::decimal(14, 10)
            when 'DiscountedUsage' then 0 when 'SavingsPlanNegation' then -k.rate when 'Tax' then (1 + g % 90000)::decimal(12, 0) * 0.01 else (amount * k.rate)::decimal(28, 10)
        end::decimal(28, 10) as cost,
        case when line_type in ('SavingsPlanCoveredUsage', 'SavingsPlanNegation', 'SavingsPlanRecurringFee') then 'arn:aws:savingsplans::410000000000:savingsplan/9801dc47-53e9-40e3-a04d-f5c3a3bcd721' end as sp_arn,
        case when line_type in ('DiscountedUsage', 'RIFee') then 'arn:aws:ec2:us-east-1:410000000000:reserved-instances/7e2c1f70-4a1b-4e0a-8f7b-5c0d9a6b1e22' end as ri_arn,
        case when line_type in ('RIFee', 'Tax') then opens else start_at end as from_at, case when line_type in ('RIFee', 'Tax') then closes else start_at + interval 1 hour end as to_at,
        line_type not in ('Tax', 'RIFee', 'SavingsPlanRecurringFee') as is_usage,
    from priced
)
select
    lower(to_base((g % 4611686018427387904)::bigint, 36)) || lpad(i::varchar, 12, '0') as identity_line_item_id, strftime(from_at, '%Y-%m-%dT%H:%M:%SZ/') || strftime(to_at, '%Y-%m-%dT%H:%M:%SZ') as identity_time_interval,
    'Anniversary' as bill_bill_type, 'AWS' as bill_billing_entity, opens as bill_billing_period_start_date, closes as bill_billing_period_end_date, '2199023255' as bill_invoice_id,
    'Amazon Web Services, Inc.' as bill_invoicing_entity, '410000000000' as bill_payer_account_id, 'bench-payer' as bill_payer_account_name,
    account as line_item_usage_account_id, 'bench-' || account[10:] as line_item_usage_account_name, line_type as line_item_line_item_type, from_at as line_item_usage_start_date, to_at as line_item_usage_end_date,
    k.code as line_item_product_code, k.meter as line_item_usage_type, k.op as line_item_operation, region || 'a' as line_item_availability_zone,
    case when is_usage then 'arn:aws:bench:' || region || ':' || account || ':resource/' || hex else coalesce(sp_arn, ri_arn, '') end as line_item_resource_id,
    amount as line_item_usage_amount, 16.0::decimal(8, 2) as line_item_normalization_factor, 16 * amount as line_item_normalized_usage_amount, 'USD' as line_item_currency_code,
    k.rate::varchar as line_item_unblended_rate, cost as line_item_unblended_cost, cost as line_item_net_unblended_cost, k.rate::varchar as line_item_net_unblended_rate, k.rate::varchar as line_item_blended_rate, cost as line_item_blended_cost,
    '$' || k.rate || ' per ' || k.unit || ' ' || k.meter as line_item_line_item_description, case when line_type = 'Tax' then 'USSalesTax' else '' end as line_item_tax_type, 'Amazon Web Services, Inc.' as line_item_legal_entity,
    '' as line_item_iam_principal, case when ri_arn is not null then 'Reserved' when line_type = 'Tax' then '' else 'OnDemand' end as pricing_term, k.unit as pricing_unit, upper(left(md5(k.meter), 16)) || '.JRTCKXETXF.6YS6EN2CT7' as pricing_rate_code,
    '1807465512' as pricing_rate_id, 'USD' as pricing_currency, case when is_usage then k.rate::varchar else '' end as pricing_public_on_demand_rate,
    case when is_usage and line_type <> 'SavingsPlanNegation' then (amount * k.rate)::decimal(28, 10) else 0 end as pricing_public_on_demand_cost, '' as pricing_purchase_option, '' as pricing_lease_contract_length, '' as pricing_offering_class,
    map {'product_name': k.name, 'region': region, 'operating_system': 'Linux', 'tenancy': 'Shared'} as product, k.code as product_servicecode, upper(left(md5(k.op), 16)) as product_sku, k.family as product_product_family,
    k.type as product_instance_type, regexp_extract(k.type, '^(db\.)?[a-z0-9]+') as product_instance_family, region as product_region_code, region as product_location, 'AWS Region' as product_location_type,
    '' as product_from_location, '' as product_from_location_type, '' as product_from_region_code, '' as product_to_location, '' as product_to_location_type, '' as product_to_region_code, k.meter as product_usagetype, k.op as product_operation,
    '' as product_fee_code, '' as product_fee_description, '' as product_comment, '' as product_pricing_unit, '' as product_instancesku,
    coalesce(ri_arn, '') as reservation_reservation_a_r_n, '' as reservation_availability_zone, '' as reservation_start_time, '' as reservation_end_time, case when ri_arn is not null then '10987654321' else '' end as reservation_subscription_id,
    case when line_type = 'RIFee' then '10' else '' end as reservation_number_of_reservations, case when line_type = 'RIFee' then '1' else '' end as reservation_units_per_reservation, '' as reservation_normalized_units_per_reservation,
    case when line_type = 'RIFee' then (reserved_hours + 720)::varchar else '' end as reservation_total_reserved_units, '' as reservation_total_reserved_normalized_units, '' as reservation_modification_status,
    case when line_type = 'DiscountedUsage' then 0.24 else 0 end::decimal(14, 10) as reservation_effective_cost, case when line_type = 'DiscountedUsage' then 0.24 else 0 end::decimal(14, 10) as reservation_net_effective_cost,
    0::decimal(14, 10) as reservation_amortized_upfront_cost_for_usage, 0::decimal(14, 10) as reservation_net_amortized_upfront_cost_for_usage, case when line_type = 'DiscountedUsage' then 0.24 else 0 end::decimal(14, 10) as reservation_recurring_fee_for_usage,
    case when line_type = 'DiscountedUsage' then 0.24 else 0 end::decimal(14, 10) as reservation_net_recurring_fee_for_usage, 0::decimal(14, 10) as reservation_amortized_upfront_fee_for_billing_period, 0::decimal(14, 10) as reservation_net_amortized_upfront_fee_for_billing_period,
    0::decimal(14, 10) as reservation_upfront_value, 0::decimal(14, 10) as reservation_net_upfront_value, case when line_type = 'RIFee' then 720 else 0 end::decimal(14, 2) as reservation_unused_quantity, 0::decimal(14, 2) as reservation_unused_normalized_unit_quantity,
    case when line_type = 'RIFee' then 172.8 else 0 end::decimal(14, 10) as reservation_unused_recurring_fee, case when line_type = 'RIFee' then 172.8 else 0 end::decimal(14, 10) as reservation_net_unused_recurring_fee,
    0::decimal(14, 10) as reservation_unused_amortized_upfront_fee_for_billing_period, 0::decimal(14, 10) as reservation_net_unused_amortized_upfront_fee_for_billing_period,
    coalesce(sp_arn, '') as savings_plan_savings_plan_a_r_n, case when sp_arn is not null then 0.25 else 0 end::decimal(14, 10) as savings_plan_savings_plan_rate, case when line_type = 'SavingsPlanCoveredUsage' then 0.25 else 0 end::decimal(14, 10) as savings_plan_savings_plan_effective_cost,
    case when line_type = 'SavingsPlanCoveredUsage' then 0.25 else 0 end::decimal(14, 10) as savings_plan_net_savings_plan_effective_cost, case when line_type = 'SavingsPlanRecurringFee' then cost else 0 end as savings_plan_total_commitment_to_date,
    case when line_type = 'SavingsPlanRecurringFee' then covered_now * 0.25 else 0 end::decimal(28, 10) as savings_plan_used_commitment, 0::decimal(14, 10) as savings_plan_amortized_upfront_commitment_for_billing_period, 0::decimal(14, 10) as savings_plan_net_amortized_upfront_commitment_for_billing_period,
    case when line_type = 'SavingsPlanRecurringFee' then cost else 0 end as savings_plan_recurring_commitment_for_billing_period, case when line_type = 'SavingsPlanRecurringFee' then cost else 0 end as savings_plan_net_recurring_commitment_for_billing_period,
    case when sp_arn is not null then 'ComputeSavingsPlans' else '' end as savings_plan_offering_type, case when sp_arn is not null then 'No Upfront' else '' end as savings_plan_payment_option, case when sp_arn is not null then '1yr' else '' end as savings_plan_purchase_term,
    '' as savings_plan_region, '' as savings_plan_instance_type_family, '' as savings_plan_start_time, '' as savings_plan_end_time, '' as capacity_reservation_capacity_reservation_arn, '' as capacity_reservation_capacity_reservation_status, '' as capacity_reservation_capacity_reservation_type,
    map {}::map(varchar, double) as discount, 0::decimal(14, 10) as discount_total_discount, 0::decimal(14, 10) as discount_bundled_discount, '' as split_line_item_parent_resource_id,
    0::decimal(14, 10) as split_line_item_split_cost, 0::decimal(14, 10) as split_line_item_unused_cost, 0::decimal(14, 10) as split_line_item_public_on_demand_split_cost, 0::decimal(14, 10) as split_line_item_public_on_demand_unused_cost,
    0::decimal(14, 10) as split_line_item_reserved_usage, 0::decimal(14, 10) as split_line_item_actual_usage, 0::decimal(14, 10) as split_line_item_split_usage, 0::decimal(14, 10) as split_line_item_split_usage_ratio,
    map {'business_unit': ['freight', 'parcel', 'customs'][1 + (h % 3)::int]} as cost_category,
    case when h % 10 = 9 then map {'user_name': 'bench-' || hex[1:6]} else map {'user_team': 'team-' || h % 24, 'user_product': 'product-' || h % 11, 'user_environment': ['prod', 'staging', 'dev'][1 + (h % 3)::int], 'user_name': 'bench-' || hex[1:6]} end as resource_tags,
from valued
