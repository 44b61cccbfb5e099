-- Which databases on demand would cost less on Graviton?
--
-- rule:
--   id         aws.rds.graviton
--   class      C
--   effort     S
--   risk       l
--   step       generation
--   evidence   on_demand
--   action     Modify the instance class to the Graviton successor.
-- params:
--   $start_date date                first day of the look-back, inclusive (UTC)
--   $end_date   date                last day, exclusive (UTC)
--   $share      double default 0.1  share of the cost that goes
-- source:  KPI dashboard default: 10 %; MySQL, PostgreSQL, MariaDB, Aurora on Intel or AMD families that have a Graviton successor

select
    provider, billing_account_id, sub_account_id, region_id, service_name, resource_id, currency,
    cost::decimal(38, 15) as observed_cost,
    per_month(cost, first_at, $end_date::date) as monthly_cost,
    share_of(per_month(cost, first_at, $end_date::date), $share::double) as monthly_saving,
    'ratio: KPI dashboard, 10 %' as price_source,
    meters, first_day,
    printf('Graviton successor: %.0f %% of %.2f %s in the look-back', 100 * $share::double, cost::double, currency) as explanation,
from charged(
    provider = 'aws' and regexp_matches(meter, '^(InstanceUsage|Multi-AZUsage):db\.(m5d?|m6id?|m7i|r5d?|r5b|r6id?|r7i|t3)\.')
        and not is_covered
        and regexp_matches(operation, ':00(02|14|16|18|21)$'),
    $start_date::date
)
order by provider, sub_account_id, resource_id, currency
