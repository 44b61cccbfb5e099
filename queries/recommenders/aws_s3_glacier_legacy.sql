-- Which Glacier vaults would cost less in Deep Archive?
--
-- rule:
--   id         aws.s3.glacier-legacy
--   class      C
--   effort     M
--   risk       m
--   step       tier
--   action     Restore the archives and write them to S3 Glacier Deep Archive.
-- params:
--   $start_date date                  first day of the look-back, inclusive (UTC)
--   $end_date   date                  last day, exclusive (UTC)
--   $share      double default 0.725  share of the cost that goes
-- source:  CUDOS factor 0.275 (us-east-1): 72.5 %; retrieval and upload cost once and are not in the figure

select
    provider, billing_account_id, sub_account_id, region_id, service_name, resource_id, currency,
    cost::decimal(38, 15) as observed_cost,
    per_month(cost, first_at, $end_date::date) as monthly_cost,
    share_of(per_month(cost, first_at, $end_date::date), $share::double) as monthly_saving,
    'ratio: CUDOS, us-east-1' as price_source,
    meters, first_day,
    printf('Deep Archive: %.0f %% of %.2f %s in the look-back', 100 * $share::double, cost::double, currency) as explanation,
from charged(
    provider = 'aws' and regexp_matches(service_name, '(?i)glacier')
        and regexp_matches(meter, '^TimedStorage-ByteHrs'),
    $start_date::date
)
order by provider, sub_account_id, resource_id, currency
