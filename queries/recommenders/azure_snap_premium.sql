-- Which snapshots lie on Premium storage?
--
-- rule:
--   id         az.snap.premium
--   class      C
--   effort     S
--   risk       l
--   step       tier
--   action     Keep the snapshot on Standard storage; it restores to a Premium disk all the same.
-- params:
--   $start_date date  first day of the look-back, inclusive (UTC)
--   $end_date   date  last day, exclusive (UTC)
-- source:  finops-toolkit; price_ratios.csv where the bill has no price of a Standard snapshot

with snapshots as (
    select
        u.*, r.dated, cast(r.ratio as double) as ratio,
        (select min(p.unit_price) from unit_prices as p
            where p.provider = 'azure' and p.region_id = u.region_id and p.currency = u.currency
                and regexp_matches(p.meter, '(?i)^(standard )?(LRS|ZRS) snapshots?$')) as target_price,
    from usage_days as u
    left join price_ratios as r on r.kind = 'snapshot-standard' and regexp_matches(u.meter, r.pattern)
    where u.provider = 'azure' and u.charge_date >= $start_date::date and regexp_matches(u.meter, '(?i)^premium .*snapshot')
)
select
    provider, billing_account_id, sub_account_id, region_id, service_name, resource_id, currency,
    sum(effective_cost)::decimal(38, 15) as observed_cost,
    per_month(sum(effective_cost), min(first_at), $end_date::date) as monthly_cost,
    per_month(sum(coalesce(effective_cost - priced_at(quantity, target_price), share_of(effective_cost, 1 - ratio))), min(first_at), $end_date::date) as monthly_saving,
    if(min(target_price) is not null, 'own bill', 'ratio: price table of ' || max(dated)) as price_source,
    list(distinct raw_meter order by raw_meter) as meters,
    min(charge_date) as first_day,
    printf('%s GB-months on Premium storage', sum(quantity)::decimal(18, 1)::varchar) as explanation,
from snapshots
group by all
having sum(effective_cost) > 0
order by provider, sub_account_id, resource_id, currency
