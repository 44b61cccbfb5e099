-- Which machines miss the full sustained-use discount?
--
-- Advisory. Only machines that get the discount at all; other credits on the same rows make the figure smaller, never larger.
--
-- rule:
--   id         gcp.sud-lost
--   class      C
--   effort     S
--   risk       m
--   step       rate
--   evidence   on_demand
--   counted    false
--   action     Run the work on fewer machines all month, or cover it with a commitment.
-- params:
--   $start_date date  first day of the look-back, inclusive (UTC)
--   $end_date   date  last day, exclusive (UTC)
-- source:  https://cloud.google.com/compute/docs/sustained-use-discounts; price_ratios.csv

with machines as (
    select u.*, cast(r.ratio as double) as full_rate, r.dated,
    from usage_days as u
    inner join price_ratios as r on r.kind = 'sud' and regexp_matches(u.meter, r.pattern)
    where u.provider = 'gcp' and u.charge_date >= $start_date::date and not u.is_covered and u.pricing_category is distinct from 'Dynamic'
        and u.contracted_cost > 0 and regexp_matches(u.meter, '(?i)\b(core|ram)\b')
)
select
    provider, billing_account_id, sub_account_id, region_id, service_name, resource_id, currency,
    sum(effective_cost)::decimal(38, 15) as observed_cost,
    per_month(sum(effective_cost), min(first_at), $end_date::date) as monthly_cost,
    per_month(sum(share_of(contracted_cost, full_rate) - (contracted_cost - effective_cost)), min(first_at), $end_date::date) as monthly_saving,
    'ratio: price table of ' || max(dated) as price_source,
    list(distinct raw_meter order by raw_meter) as meters,
    min(charge_date) as first_day,
    printf('discount of %.1f %%, %.0f %% for a whole month', 100 * (1 - sum(effective_cost) / sum(contracted_cost))::double, 100 * max(full_rate)) as explanation,
from machines
group by all
having sum(contracted_cost - effective_cost) > 0 and sum(share_of(contracted_cost, full_rate) - (contracted_cost - effective_cost)) > 0
order by provider, sub_account_id, resource_id, currency
