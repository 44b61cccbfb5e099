-- What does one unit of each meter cost? The customer's own contracted price first, else the dated table of list prices.
--
-- grain:   one row per provider, region_id, meter, variant and currency
-- params:
--   $start_date date  first day of the look-back, inclusive (UTC)
-- source:  usage_days (Σ ContractedCost ÷ Σ PricingQuantity, not spot), lookups/unit_prices.csv; specs/optimisation.md section 2

with own as (
    select
        provider, region_id, meter, coalesce(operation, meter_sub_category) as variant, currency,
        sum(contracted_cost) as cost, sum(quantity) as quantity,
    from usage_days
    where charge_date >= $start_date::date and pricing_category is distinct from 'Dynamic' and contracted_cost > 0 and quantity > 0
    group by all
),
own_prices as (
    select
        provider, region_id, meter, variant, currency,
        (cast(cost as decimal(38, 15)) / cast(quantity as double))::decimal(38, 12) as unit_price,
        'own bill' as price_source, null::date as dated,
    from own
)
select * from own_prices
union all
select
    p.provider, p.region_id, p.meter, p.variant, p.currency, cast(p.unit_price as decimal(38, 12)), 'price table of ' || p.dated, cast(p.dated as date),
from listed_prices as p
where not exists (
    from own_prices as o
    where o.provider = p.provider and o.region_id = p.region_id and o.meter = p.meter and o.currency = p.currency
)
