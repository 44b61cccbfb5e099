-- Which non-production machines run day and night?
--
-- Covered hours free a commitment, not cash: only uncovered cost counts. Azure bills by the day, so hours are the quantity.
--
-- rule:
--   id         az.schedule
--   class      C
--   effort     S
--   risk       m
--   step       schedule
--   action     Stop (deallocate) the machine outside of office hours.
-- params:
--   $start_date       date                 first day of the look-back, inclusive (UTC)
--   $end_date         date                 last day, exclusive (UTC)
--   $scheduled_hours  double default 60    hours a week that the machine is needed
--   $minimum_presence double default 0.95  share of the hours in which it was charged
-- source:  specs/optimisation.md section 3.1 (vector O03): share avoidable = 1 − scheduled hours ÷ 168, of the uncovered cost

with machine_days as (
    select
        u.*, sum(u.quantity) over (partition by u.resource_id, u.charge_date) as day_hours,
    from usage_days as u
    inner join usage_resources as r
        on r.provider = u.provider and r.resource_id = u.resource_id and r.currency = u.currency
        and r.sub_account_id is not distinct from u.sub_account_id and r.is_non_production
    where u.provider = 'azure' and u.charge_date >= $start_date::date and u.unit = 'Hours'
        and u.pricing_category is distinct from 'Dynamic'
        and (regexp_matches(u.resource_id, '(?i)/microsoft\.compute/virtualmachines/') and not regexp_matches(coalesce(u.meter_category, u.service_name), '(?i)bandwidth|storage|licen[cs]e')
            or regexp_matches(u.resource_id, '(?i)/microsoft\.dbfor(postgresql|mysql)/flexibleservers/') and regexp_matches(u.meter, '(?i)vcore|compute'))
),
present as (
    select resource_id, sum(least(1, day_hours / 24)) / date_diff('day', min(charge_date), $end_date::date) as presence
    from (select distinct resource_id, charge_date, day_hours from machine_days)
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
    'rows' as price_source,
    list(distinct raw_meter order by raw_meter) as meters,
    min(charge_date) as first_day,
    printf('present in %.1f %% of the hours; %.0f of 168 hours a week are enough', 100 * any_value(presence), $scheduled_hours::double) as explanation,
from machine_days inner join present using (resource_id)
where presence >= $minimum_presence::double
group by all
having sum(effective_cost) filter (not is_covered) > 0
order by provider, sub_account_id, resource_id, currency
