-- Which N1 machines would cost less as E2?
--
-- rule:
--   id         gcp.n1
--   class      C
--   effort     M
--   risk       m
--   step       generation
--   action     Move to E2 (or N4); E2 has no GPUs and shares cores more.
-- params:
--   $start_date date  first day of the look-back, inclusive (UTC)
--   $end_date   date  last day, exclusive (UTC)
-- source:  own price of the E2 SKU, else price_ratios.csv; sustained-use discount is lost and counted

with old as (
    select
        u.*, e.unit_price as target_price, e.price_source as own_source, cast(r.ratio as double) as ratio, r.dated,
    from usage_days as u
    inner join price_ratios as r on r.kind = 'n1-to-e2' and regexp_matches(u.meter, r.pattern)
    left join (
        select region_id, currency, meter, min(unit_price) as unit_price, any_value(price_source) as price_source
        from unit_prices where provider = 'gcp' group by all
    ) as e
        on e.meter = regexp_replace(u.meter, '^N1 (Predefined )?Instance', 'E2 Instance') and e.region_id = u.region_id and e.currency = u.currency
    where u.provider = 'gcp' and u.charge_date >= $start_date::date and u.pricing_category is distinct from 'Dynamic'
        and regexp_matches(u.meter, '(?i)\b(core|ram)\b')
)
select
    provider, billing_account_id, sub_account_id, region_id, service_name, resource_id, currency,
    sum(effective_cost)::decimal(38, 15) as observed_cost,
    per_month(sum(effective_cost), min(first_at), $end_date::date) as monthly_cost,
    per_month(
        sum(case when not is_covered then coalesce(effective_cost - priced_at(quantity, target_price), effective_cost - share_of(contracted_cost, ratio)) end),
        min(first_at), $end_date::date
    ) as monthly_saving,
    (coalesce(sum(quantity) filter (is_covered), 0) / nullif(sum(quantity), 0))::double as covered_fraction,
    coalesce(any_value(own_source), 'ratio: price table of ' || max(dated)) as price_source,
    list(distinct raw_meter order by raw_meter) as meters,
    min(charge_date) as first_day,
    printf(
        'paid %s of %s before sustained-use discount; E2 has none', sum(effective_cost)::decimal(18, 2)::varchar, coalesce(sum(contracted_cost)::decimal(18, 2)::varchar, 'unknown')
    ) as explanation,
from old
group by all
having sum(effective_cost) > 0
    and coalesce(sum(case when not is_covered then coalesce(effective_cost - priced_at(quantity, target_price), effective_cost - share_of(contracted_cost, ratio)) end), 1) > 0
order by provider, sub_account_id, resource_id, currency
