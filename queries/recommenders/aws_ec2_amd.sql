-- Which Intel instances would cost less on AMD?
--
-- rule:
--   id         aws.ec2.amd
--   class      C
--   effort     S
--   risk       l
--   step       generation
--   evidence   on_demand
--   action     Change the instance type to the AMD counterpart of the same size.
-- params:
--   $start_date date                first day of the look-back, inclusive (UTC)
--   $end_date   date                last day, exclusive (UTC)
--   $share      double default 0.1  saving where the price of the successor is unknown
-- source:  KPI dashboard default 10 %; own price of the counterpart first

select
    provider, billing_account_id, sub_account_id, region_id, service_name, resource_id, currency,
    cost::decimal(38, 15) as observed_cost,
    per_month(cost, first_at, $end_date::date) as monthly_cost,
    per_month(saved, first_at, $end_date::date) as monthly_saving,
    price_source, meters, first_day, explanation,
from moved_instances(f.amd, true, not is_covered, $share::double, $start_date::date)
order by provider, sub_account_id, resource_id, currency
