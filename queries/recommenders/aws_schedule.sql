-- Which non-production instances and databases run day and night?
--
-- rule:
--   id         aws.schedule
--   class      C
--   effort     S
--   risk       m
--   step       schedule
--   action     Stop it outside of office hours.
-- params:
--   $start_date       date                 first day of the look-back, inclusive (UTC)
--   $end_date         date                 last day, exclusive (UTC)
--   $scheduled_hours  double default 60    hours a week that it is needed
--   $minimum_presence double default 0.95  share of the hours in which it was charged
-- source:  vector O03: avoidable share = 1 − scheduled hours ÷ 168, of the uncovered cost; covered hours free a commitment, not cash

with machine_days as (
    select
        provider, billing_account_id, sub_account_id, region_id, service_name, resource_id, currency,
        charge_date, r.environment,
        -- a charge of a whole day tells the hours by its quantity only
        least(max(hours), coalesce(sum(quantity), sum(charge_count))) as hours,
        sum(effective_cost) as cost,
        coalesce(sum(effective_cost) filter (not is_covered), 0) as uncovered,
        coalesce(sum(contracted_cost) filter (is_covered), 0) as covered_list,
        sum(contracted_cost) as full_list,
        min(first_at) as first_at,
        list(distinct raw_meter) as meters,
    from usage_days
    inner join usage_resources as r using (provider, billing_account_id, sub_account_id, resource_id, currency)
    where provider = 'aws' and charge_date >= $start_date::date and r.is_non_production
        and pricing_category is distinct from 'Dynamic'
        and regexp_matches(meter, '^(BoxUsage|DedicatedUsage|InstanceUsage|Multi-AZUsage):')
    group by all
),
found as (
    select
        provider, billing_account_id, sub_account_id, region_id, service_name, resource_id, currency,
        any_value(environment) as environment,
        sum(cost) as cost,
        sum(uncovered) as uncovered,
        (sum(covered_list) / nullif(sum(full_list), 0))::double as covered,
        min(first_at) as first_at,
        min(charge_date) as first_day,
        list_sort(list_distinct(flatten(list(meters)))) as meters,
        sum(hours) / date_diff('hour', min(first_at), $end_date::date::timestamp) as presence,
    from machine_days
    group by all
    having presence >= $minimum_presence::double
)
select
    provider, billing_account_id, sub_account_id, region_id, service_name, resource_id, currency,
    cost::decimal(38, 15) as observed_cost,
    per_month(cost, first_at, $end_date::date) as monthly_cost,
    share_of(per_month(uncovered, first_at, $end_date::date), 1 - $scheduled_hours::double / 168) as monthly_saving,
    covered as covered_fraction,
    'rows' as price_source,
    meters, first_day,
    printf('%s, charged in %.1f %% of the hours; %.0f of 168 hours a week are enough, %.1f %% of the cost is not covered by a commitment', environment, 100 * presence, $scheduled_hours::double, 100 * (uncovered / nullif(cost, 0))::double) as explanation,
from found
order by provider, sub_account_id, resource_id, currency
