-- Which non-production instances run day and night?
--
-- Presence is the hours with a charge; in exports of whole days, the quantity against the fullest day, which shows idle days but no idle
-- nights: confidence is halved. Covered hours free a commitment, not cash: only uncovered cost counts. Databases of Cloud SQL are
-- stopped the same way.
--
-- rule:
--   id         gcp.schedule
--   class      C
--   effort     S
--   risk       m
--   step       schedule
--   action     Stop the instance outside of office hours (instance schedules).
-- params:
--   $start_date       date                 first day of the look-back, inclusive (UTC)
--   $end_date         date                 last day, exclusive (UTC)
--   $scheduled_hours  double default 60    hours a week that the machine is needed
--   $minimum_presence double default 0.95  share of the hours in which it was charged
-- source:  specs/optimisation.md section 3.1 (vector O03): share avoidable = 1 − scheduled hours ÷ 168, of the uncovered cost

with machine_days as (
    select u.*
    from usage_days as u
    inner join usage_resources as r
        on r.provider = u.provider and r.resource_id = u.resource_id and r.currency = u.currency
        and r.sub_account_id is not distinct from u.sub_account_id and r.is_non_production
    where u.provider = 'gcp' and u.charge_date >= $start_date::date and u.pricing_category is distinct from 'Dynamic'
        and (regexp_matches(u.resource_id, '(?i)compute\.googleapis\.com/.*/instances/') and regexp_matches(u.meter, '(?i)\b(core|ram)\b')
            or regexp_matches(u.service_name, '(?i)cloud sql') and regexp_matches(u.meter, '(?i)\b(vcpu|ram)\b'))
),
meter_days as (
    select resource_id, raw_meter, charge_date, least(1, max(hours) / 24) as share, sum(quantity) as quantity from machine_days group by all
),
scaled as (
    select *, least(share, quantity / nullif(max(quantity) over (partition by resource_id, raw_meter), 0)) as presence from meter_days
),
present as (
    select resource_id, sum(presence) / date_diff('day', min(charge_date), $end_date::date) as presence
    from (select resource_id, charge_date, max(presence) as presence from scaled group by all)
    group by all
)
select
    provider, billing_account_id, sub_account_id, region_id, service_name, resource_id, currency,
    sum(effective_cost)::decimal(38, 15) as observed_cost,
    per_month(sum(effective_cost), min(first_at), $end_date::date) as monthly_cost,
    per_month(
        share_of(coalesce(sum(effective_cost) filter (not is_covered), 0), 1 - $scheduled_hours::double / 168), min(first_at), $end_date::date
    ) as monthly_saving,
    (coalesce(sum(quantity) filter (is_covered), 0) / nullif(sum(quantity), 0))::double as covered_fraction,
    if(bool_or(hours < 24 or charge_count >= 24), 1, 0.5)::double as data_factor,
    'rows' as price_source,
    list(distinct raw_meter order by raw_meter) as meters,
    min(charge_date) as first_day,
    printf('present in %.1f %% of the hours; %.0f of 168 hours a week are enough', 100 * any_value(presence), $scheduled_hours::double) as explanation,
from machine_days inner join present using (resource_id)
where presence >= $minimum_presence::double
group by all
having sum(effective_cost) filter (not is_covered) > 0
order by provider, sub_account_id, resource_id, currency
