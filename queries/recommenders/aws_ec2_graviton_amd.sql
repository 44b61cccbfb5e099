-- Which AMD instances would cost less on Graviton?
--
-- rule:
--   id         aws.ec2.graviton-amd
--   class      C
--   effort     M
--   risk       m
--   step       generation
--   evidence   plan
--   action     Move to the Graviton successor after a test of the software on arm64.
-- params:
--   $start_date date                first day of the look-back, inclusive (UTC)
--   $end_date   date                last day, exclusive (UTC)
--   $share      double default 0.1  saving where the price of the successor is unknown
-- source:  KPI dashboard default 10 % from AMD; Linux on demand or under a savings plan; own price of the successor first

select
    provider, billing_account_id, sub_account_id, region_id, service_name, resource_id, currency,
    cost::decimal(38, 15) as observed_cost,
    per_month(cost, first_at, $end_date::date) as monthly_cost,
    per_month(saved, first_at, $end_date::date) as monthly_saving,
    price_source, meters, first_day, explanation,
from moved_instances(
    f.graviton, f.vendor = 'amd',
    operation = 'RunInstances' and (not is_covered or commitment_type = 'Savings Plan'),
    $share::double, $start_date::date
)
order by provider, sub_account_id, resource_id, currency
