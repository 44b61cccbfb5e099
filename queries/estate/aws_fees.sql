-- Which fees, credits, refunds and discounts does AWS bill in one month beside usage?
--
-- grain:   one row per line item; reads the table aws_items of the connection
-- params:
--   $month    varchar billing month, YYYY-MM
--   $restated boolean true = the second delivery: support was corrected upwards
with period as (
    select c.*, c.first_day::timestamp as start_at, c.next_day::timestamp as end_at from estate.calendar as c where c.month = $month::varchar
),
plan_hours as (
    select
        p.*, unnest(generate_series(greatest(p.start_at, m.start_at), least(p.end_at, m.end_at) - interval 1 hour, interval 1 hour)) as hour_at,
    from estate.plan_terms as p
    cross join (select start_at, end_at from period) as m
    where p.instrument = 'sp'
),
plan_use as (
    select sp_arn, start_at, sum(sp_effective) as used from aws_items where line_type = 'SavingsPlanCoveredUsage' group by all
),
plan_fees as (
    select
        'SavingsPlanRecurringFee' as line_type, h.owner_id, h.hour_at as start_at, h.hour_at + interval 1 hour as end_at,
        'ComputeSavingsPlans' as service_code, 'Savings Plans for AWS Compute usage' as service_name,
        'ComputeSP:' || h.term || case h.option_name when 'No Upfront' then 'NoUpfront' else 'PartialUpfront' end as meter, '' as operation,
        h.arn as resource_id, 1::decimal(28, 10) as usage_amount, (h.hourly - h.hourly_upfront)::decimal(18, 10) as rate,
        (h.hourly - h.hourly_upfront)::decimal(28, 10) as cost, h.arn as sp_arn, h.hourly as sp_total, coalesce(u.used, 0) as sp_used,
        h.hourly_upfront as sp_upfront, h.hourly - h.hourly_upfront as sp_recurring, h.term as sp_term, h.option_name as sp_option,
        h.start_at as sp_start, h.end_at as sp_end, h.term || ' ' || h.option_name || ' Compute Savings Plan' as description,
    from plan_hours as h
    left join plan_use as u on u.sp_arn = h.arn and u.start_at = h.hour_at
),
upfront_fees as (
    select
        case instrument when 'sp' then 'SavingsPlanUpfrontFee' else 'Fee' end as line_type, p.owner_id, p.start_at, p.start_at + interval 1 second as end_at,
        coalesce(p.service_code, 'ComputeSavingsPlans') as service_code, coalesce(p.service_name, 'Savings Plans for AWS Compute usage') as service_name,
        case instrument when 'sp' then 'ComputeSP:1yrPartialUpfront' else replace(p.meter, 'BoxUsage', 'HeavyUsage') end as meter, '' as operation,
        p.arn as resource_id, p.bought::decimal(28, 10) as usage_amount, (p.hourly_upfront * p.term_hours)::decimal(18, 10) as rate,
        (p.hourly_upfront * p.term_hours * p.bought)::decimal(28, 10) as cost,
        case instrument when 'sp' then p.arn end as sp_arn, case instrument when 'ri' then p.arn end as ri_arn, p.subscription_id as ri_subscription_id,
        case instrument when 'ri' then p.hourly_upfront * p.term_hours * p.bought end as ri_upfront_value, p.bought as ri_bought,
        'Sign up charge for subscription: ' || p.subscription_id as description, 'Purchase' as bill_type,
    from estate.plan_terms as p
    join period as m on p.starts_inside and p.hourly_upfront > 0 and p.start_at >= m.start_at and p.start_at < m.end_at
),
reservation_use as (
    select ri_arn, sum(usage_amount) as used from aws_items where line_type = 'DiscountedUsage' group by ri_arn
),
reservation_fees as (
    select
        p.*, greatest(p.start_at, m.start_at) as from_at, m.end_at as to_at,
        (date_diff('hour', greatest(p.start_at, m.start_at), least(p.end_at, m.end_at)) * p.bought)::decimal(18, 4) as total_units, coalesce(u.used, 0)::decimal(18, 4) as used_units,
    from estate.plan_terms as p
    join period as m on p.instrument = 'ri' and p.start_at < m.end_at and p.end_at > m.start_at
    left join reservation_use as u on u.ri_arn = p.arn
),
reservations as (
    select
        'RIFee' as line_type, owner_id, from_at as start_at, to_at as end_at, service_code, service_name, replace(meter, 'BoxUsage', 'HeavyUsage') as meter,
        operation, product_family, instance_type, region, arn as resource_id, 'Hrs' as unit, total_units::decimal(28, 10) as usage_amount,
        (hourly - hourly_upfront)::decimal(18, 10) as rate, ((hourly - hourly_upfront) * total_units)::decimal(28, 10) as cost,
        arn as ri_arn, subscription_id as ri_subscription_id, bought as ri_bought, total_units as ri_total_units, total_units - used_units as ri_unused_units,
        ((total_units - used_units) * (hourly - hourly_upfront))::decimal(28, 10) as ri_unused_recurring,
        ((total_units - used_units) * hourly_upfront)::decimal(28, 10) as ri_unused_upfront,
        (total_units * hourly_upfront)::decimal(28, 10) as ri_amortized_upfront, (hourly_upfront * term_hours * bought)::decimal(28, 10) as ri_upfront_value,
        'USD ' || (hourly - hourly_upfront)::varchar || ' hourly fee per ' || instance_type as description,
    from reservation_fees
),
monthly as (
    select line_type, service_code, service_name, meter, description, cost::decimal(28, 10) as cost, entity, seller, is_due,
    from (values
        ('Fee', 'AWSSupportEnterprise', 'AWS Support (Enterprise)', 'SupportFee', 'Enterprise support: share of monthly usage', round((select sum(cost) from aws_items) * case when $restated::boolean then 0.0318 else 0.03 end, 2), 'AWS', 'Amazon Web Services EMEA SARL', true),
        ('Fee', 'northlight', 'Northlight Observability Pro', 'ContractFee', 'Monthly subscription of Northlight Observability Pro', 4200.00, 'AWS Marketplace', 'Northlight Observability, Inc.', true),
        ('Credit', 'AmazonEC2', 'Amazon Elastic Compute Cloud', 'CreditUsage', 'Migration programme credit 2025', -8000.00, 'AWS', 'Amazon Web Services EMEA SARL', (select age from period) >= 5),
        ('Refund', 'AmazonRDS', 'Amazon Relational Database Service', 'InstanceUsage:db.m6g.2xl', 'Service credit for unavailability of the previous month', -1742.18, 'AWS', 'Amazon Web Services EMEA SARL', (select age from period) = 6)
    ) as v (line_type, service_code, service_name, meter, description, cost, entity, seller, is_due)
),
discounts as (
    select
        'EdpDiscount' as line_type, owner_id, owner_name, start_at, end_at, service_code, service_name, region, any_value(entity) as entity, any_value(seller) as seller,
        'EDP:' || service_code as meter, 'Enterprise discount programme, 6 %' as description, -round(sum(cost) * 0.06, 10)::decimal(28, 10) as cost,
    from aws_items
    where service_code in ('AmazonS3', 'AmazonCloudFront', 'AmazonDynamoDB')
    group by all
)
from plan_fees union all by name from upfront_fees union all by name from reservations union all by name from discounts
union all by name
select m.* exclude (is_due), '410927463001' as owner_id, p.start_at, p.end_at, 1::decimal(28, 10) as usage_amount,
    case when line_type = 'Refund' then 'Refund' end as bill_type,
from monthly as m
cross join period as p
where m.is_due
