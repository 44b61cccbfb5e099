-- How much steady usage has no commitment?
--
-- rule:
--   id         gcp.cud.gap
--   class      C
--   effort     S
--   risk       m
--   step       rate
--   reach      estate
--   evidence   on_demand
--   counted    false
--   action     Size a commitment with the purchase lab; it works on what remains after the other findings.
-- params:
--   $start_date date  first day of the look-back, inclusive (UTC)
--   $end_date   date  last day, exclusive (UTC)
-- source:  lowest tenth of the daily uncovered cost; own discount on the same service and region, else price_ratios.csv; specs/commitments.md

with open_days as (
    select
        provider, billing_account_id, region_id, service_name, raw_meter, currency, charge_date, sum(effective_cost) as day_cost, min(first_at) as first_at,
    from usage_days
    where provider = 'gcp' and charge_date >= $start_date::date and not is_covered and pricing_category = 'Standard'
        and exists (select 1 from price_ratios as r where r.kind = 'cud' and regexp_matches(usage_days.meter, r.pattern))
        and (regexp_matches(meter, '(?i)\b(core|ram)\b') or regexp_matches(meter, '(?i)cloud sql.*(vcpu|ram)'))
    group by all
),
steady as (
    select
        raw_meter, region_id, billing_account_id, currency, quantile_disc(day_cost, 0.1) as floor_cost, count(*) as days,
    from open_days
    group by all
    having count(*) >= date_diff('day', $start_date::date, $end_date::date) - 1
),
rates as (
    select
        region_id, service_name, currency, 1 - (sum(effective_cost) / sum(contracted_cost))::double as discount,
    from usage_days
    where provider = 'gcp' and charge_date >= $start_date::date and is_covered and contracted_cost > 0
    group by all
),
sized as (
    select
        o.*, null::varchar as sub_account_id, null::varchar as resource_id, s.floor_cost, t.discount as own_discount,
        1 - (select max(cast(r.ratio as double)) from price_ratios as r where r.kind = 'cud' and regexp_matches(o.raw_meter, r.pattern)) as listed_discount,
        (select max(dated) from price_ratios where kind = 'cud') as dated,
    from open_days as o
    inner join steady as s using (raw_meter, region_id, billing_account_id, currency)
    left join rates as t on t.region_id = o.region_id and t.service_name = o.service_name and t.currency = o.currency
)
select
    provider, billing_account_id, sub_account_id, region_id, service_name, resource_id, currency,
    sum(day_cost)::decimal(38, 15) as observed_cost,
    per_month(sum(day_cost), min(first_at), $end_date::date) as monthly_cost,
    per_month(sum(share_of(floor_cost, greatest(0, coalesce(own_discount, listed_discount)))), min(first_at), $end_date::date) as monthly_saving,
    0::double as covered_fraction,
    if(any_value(own_discount) is not null, 'own bill', 'ratio: price table of ' || max(dated)) as price_source,
    list(distinct raw_meter order by raw_meter) as meters,
    min(charge_date) as first_day,
    printf('steady %s of %s in the look-back at a discount of %.1f %%', sum(floor_cost)::decimal(18, 2)::varchar, sum(day_cost)::decimal(18, 2)::varchar, 100 * avg(coalesce(own_discount, listed_discount))) as explanation,
from sized
group by all
having sum(floor_cost) > 0
order by provider, sub_account_id, resource_id, currency
