-- Which log workspaces would be cheaper with a commitment tier?
--
-- rule:
--   id         az.loganalytics.tier
--   class      C
--   effort     S
--   risk       l
--   step       tier
--   action     Set the workspace to the commitment tier; it can be raised at any time and lowered after 31 days.
-- params:
--   $start_date date  first day of the look-back, inclusive (UTC)
--   $end_date   date  last day, exclusive (UTC)
-- source:  price_ratios.csv (tiers of 100 to 5,000 GB a day); the tier is charged on every day, more than it at its rate

with ingested as (
    select
        * exclude (charge_date), charge_date, (effective_cost / nullif(quantity, 0))::decimal(18, 10) as unit_cost,
    from usage_days
    where provider = 'azure' and charge_date >= $start_date::date and unit in ('GB', 'GiB') and quantity > 0
        and regexp_matches(resource_id, '(?i)/microsoft\.operationalinsights/workspaces/')
        and regexp_matches(meter, '(?i)(pay-as-you-go|analytics logs).*ingest')
),
compared as (
    select
        i.*, cast(r.pattern as integer) as tier, r.dated,
        effective_cost - share_of(priced_at(greatest(quantity, cast(r.pattern as integer)), unit_cost), cast(r.ratio as double)) as day_saving,
    from ingested as i
    inner join price_ratios as r on r.kind = 'log-tier'
),
best as (
    select resource_id, arg_max(tier, total) as tier
    from (select resource_id, tier, sum(day_saving) as total from compared group by all having sum(day_saving) > 0)
    group by all
)
select
    provider, billing_account_id, sub_account_id, region_id, service_name, resource_id, currency,
    sum(effective_cost)::decimal(38, 15) as observed_cost,
    per_month(sum(effective_cost), min(first_at), $end_date::date) as monthly_cost,
    per_month(sum(day_saving), min(first_at), $end_date::date) as monthly_saving,
    least(1, count(distinct charge_date) / 30.0)::double as data_factor,
    'ratio: price table of ' || max(dated) as price_source,
    list(distinct raw_meter order by raw_meter) as meters,
    min(charge_date) as first_day,
    printf('%s GB a day on average; tier of %d GB a day', (sum(quantity) / count(distinct charge_date))::decimal(18, 1)::varchar, any_value(tier)) as explanation,
from compared inner join best using (resource_id, tier)
group by all
having sum(quantity) >= 100 * count(distinct charge_date)
order by provider, sub_account_id, resource_id, currency
