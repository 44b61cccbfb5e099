-- Which instances are of a previous generation?
--
-- rule:
--   id         aws.ec2.prevgen
--   class      C
--   effort     M
--   risk       m
--   step       generation
--   evidence   on_demand
--   action     Move to the current generation of the same kind and size.
-- params:
--   $start_date date                 first day of the look-back, inclusive (UTC)
--   $end_date   date                 last day, exclusive (UTC)
--   $share      double default 0.05  saving where the price of the successor is unknown
-- source:  lookups/aws_instance_families.csv; own price of the successor, else KPI dashboard default 5 %

select
    provider, billing_account_id, sub_account_id, region_id, service_name, resource_id, currency,
    cost::decimal(38, 15) as observed_cost,
    per_month(cost, first_at, $end_date::date) as monthly_cost,
    per_month(saved, first_at, $end_date::date) as monthly_saving,
    price_source, meters, first_day, explanation,
from moved_instances(f.successor, f.is_previous, not is_covered, $share::double, $start_date::date)
order by provider, sub_account_id, resource_id, currency
