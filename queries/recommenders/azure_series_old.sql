-- Which machines are of a series that has a cheaper successor?
--
-- Without a known price, and with Windows in the rate, the finding has no amount. Reserved machines are left out of the saving.
--
-- rule:
--   id         az.series.old
--   class      C
--   effort     M
--   risk       m
--   step       generation
--   action     Resize to the successor; test first, local disks and network limits differ.
-- params:
--   $start_date date  first day of the look-back, inclusive (UTC)
--   $end_date   date  last day, exclusive (UTC)
-- source:  price_ratios.csv; series Microsoft lists as previous generation

with old as (
    select
        u.*, r.target, r.dated,
        case when not regexp_matches(u.meter_sub_category, '(?i)\bwindows\b') then cast(r.ratio as double) end as ratio,
    from usage_days as u
    inner join price_ratios as r on r.kind = 'series' and regexp_matches(u.meter_sub_category, r.pattern)
    where u.provider = 'azure' and u.charge_date >= $start_date::date and u.unit = 'Hours'
        and regexp_matches(u.resource_id, '(?i)/microsoft\.compute/virtualmachine') and u.pricing_category is distinct from 'Dynamic'
    qualify row_number() over (partition by u.resource_id, u.raw_meter, u.charge_date, u.is_covered order by r.ratio desc nulls last) = 1
)
select
    provider, billing_account_id, sub_account_id, region_id, service_name, resource_id, currency,
    sum(effective_cost)::decimal(38, 15) as observed_cost,
    per_month(sum(effective_cost), min(first_at), $end_date::date) as monthly_cost,
    per_month(sum(case when not is_covered then share_of(effective_cost, 1 - ratio) end), min(first_at), $end_date::date) as monthly_saving,
    (sum(quantity) filter (is_covered) / nullif(sum(quantity), 0))::double as covered_fraction,
    'ratio: price table of ' || max(dated) filter (ratio is not null) as price_source,
    list(distinct raw_meter order by raw_meter) as meters,
    min(charge_date) as first_day,
    printf('%s to %s%s', any_value(meter_sub_category), any_value(target), coalesce(printf(' at %.4f of the rate', avg(ratio)), '; price unknown')) as explanation,
from old
group by all
having sum(effective_cost) > 0
order by provider, sub_account_id, resource_id, currency
