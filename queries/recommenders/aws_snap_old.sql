-- Which snapshots are older than a year?
--
-- rule:
--   id         aws.snap.old
--   class      C
--   effort     S
--   risk       m
--   step       eliminate
--   action     Delete what no backup policy needs, or move it to the archive tier.
-- params:
--   $start_date   date                 first day of the look-back, inclusive (UTC)
--   $end_date     date                 last day, exclusive (UTC)
--   $share        double default 0.5   share of the cost that goes
--   $min_age_days integer default 365  days since the first charge
-- source:  KPI dashboard: first seen 365 days or more before the look-back; blocks are shared, so half is expected and all is the upper bound

with found as (
    select
        provider, billing_account_id, sub_account_id, region_id, service_name, resource_id, currency,
        sum(effective_cost) as cost,
        min(first_at) as first_at,
        min(charge_date) as first_day,
        list(distinct raw_meter order by raw_meter) as meters,
        sum(quantity) as quantity,
        any_value(first_seen) as first_seen,
    from usage_days inner join usage_resources as r using (provider, billing_account_id, sub_account_id, resource_id, currency)
    where provider = 'aws' and charge_date >= $start_date::date
        and regexp_matches(meter, '^EBS:SnapshotUsage') and first_seen <= $start_date::date - $min_age_days::integer
    group by all
)
select
    provider, billing_account_id, sub_account_id, region_id, service_name, resource_id, currency,
    cost::decimal(38, 15) as observed_cost,
    per_month(cost, first_at, $end_date::date) as monthly_cost,
    share_of(per_month(cost, first_at, $end_date::date), $share::double) as monthly_saving,
    'ratio: incremental blocks, half' as price_source,
    meters, first_day,
    printf('first charged %s; %.0f %% of %.2f %s in the look-back is expected, all of it the upper bound', first_seen::varchar, 100 * $share::double, cost::double, currency) as explanation,
from found
order by provider, sub_account_id, resource_id, currency
