-- Which log groups ingest much?
--
-- rule:
--   id         aws.cw.logs
--   class      E
--   effort     S
--   risk       l
--   step       tier
--   action     Lower the level, use the infrequent-access class, set a retention.
-- params:
--   $start_date date                first day of the look-back, inclusive (UTC)
--   $end_date   date                last day, exclusive (UTC)
--   $share      double default 0.5  share of the cost that goes
-- source:  usage type DataProcessing-Bytes of CloudWatch; the infrequent-access class ingests at half the price: a scenario

select
    provider, billing_account_id, sub_account_id, region_id, service_name, resource_id, currency,
    cost::decimal(38, 15) as observed_cost,
    per_month(cost, first_at, $end_date::date) as monthly_cost,
    share_of(per_month(cost, first_at, $end_date::date), $share::double) as monthly_saving,
    'scenario' as price_source,
    meters, first_day,
    printf('scenario of half-price ingestion: %.0f %% of %.2f %s in the look-back', 100 * $share::double, cost::double, currency) as explanation,
from charged(
    provider = 'aws' and regexp_matches(meter, '^(Vended)?(Logs-)?DataProcessing-Bytes')
        and regexp_matches(service_name, '(?i)cloudwatch'),
    $start_date::date
)
order by provider, sub_account_id, resource_id, currency
