-- Which serverless Redis caches would cost less on Valkey?
--
-- rule:
--   id         aws.elasticache.valkey-serverless
--   class      C
--   effort     M
--   risk       m
--   step       generation
--   action     Upgrade the cache to Valkey.
-- params:
--   $start_date date                 first day of the look-back, inclusive (UTC)
--   $end_date   date                 last day, exclusive (UTC)
--   $share      double default 0.33  share of the cost that goes
-- source:  CUDOS: 33 % on serverless

select
    provider, billing_account_id, sub_account_id, region_id, service_name, resource_id, currency,
    cost::decimal(38, 15) as observed_cost,
    per_month(cost, first_at, $end_date::date) as monthly_cost,
    share_of(per_month(cost, first_at, $end_date::date), $share::double) as monthly_saving,
    'ratio: AWS price list, 33 % on serverless' as price_source,
    meters, first_day,
    printf('Valkey serverless: %.0f %% of %.2f %s in the look-back', 100 * $share::double, cost::double, currency) as explanation,
from charged(
    provider = 'aws' and regexp_matches(meter, '^ElastiCache:(Serverless|ServerlessStorage|ElastiCacheProcessingUnits|CachedData)')
        and not regexp_matches(meter, '(?i)valkey|memcached')
        and not regexp_matches(coalesce(operation, ''), '(?i)valkey|memcached|0001'),
    $start_date::date
)
order by provider, sub_account_id, resource_id, currency
