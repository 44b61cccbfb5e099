-- Which databases outside production pay for a standby?
--
-- rule:
--   id         aws.rds.multiaz-nonprod
--   class      C
--   effort     S
--   risk       m
--   step       rightsize
--   action     Convert the instance to single-AZ.
-- params:
--   $start_date date                first day of the look-back, inclusive (UTC)
--   $end_date   date                last day, exclusive (UTC)
--   $share      double default 0.5  share of the cost that goes
-- source:  usage types Multi-AZUsage and Multi-AZ storage; half of the rows is the standby

with found as (
    select
        provider, billing_account_id, sub_account_id, region_id, service_name, resource_id, currency,
        sum(effective_cost) as cost,
        min(first_at) as first_at,
        min(charge_date) as first_day,
        list(distinct raw_meter order by raw_meter) as meters,
        sum(quantity) as quantity,
        any_value(environment) as environment,
    from usage_days inner join usage_resources as r using (provider, billing_account_id, sub_account_id, resource_id, currency)
    where provider = 'aws' and charge_date >= $start_date::date
        and regexp_matches(meter, 'Multi-AZ(Usage|-GP|-GP3|-PIOPS|-Storage)') and r.is_non_production
    group by all
)
select
    provider, billing_account_id, sub_account_id, region_id, service_name, resource_id, currency,
    cost::decimal(38, 15) as observed_cost,
    per_month(cost, first_at, $end_date::date) as monthly_cost,
    share_of(per_month(cost, first_at, $end_date::date), $share::double) as monthly_saving,
    'rows' as price_source,
    meters, first_day,
    printf('%s: the standby is %.0f %% of %.2f %s in the look-back', environment, 100 * $share::double, cost::double, currency) as explanation,
from found
order by provider, sub_account_id, resource_id, currency
