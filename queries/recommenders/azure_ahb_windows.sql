-- Which Windows machines pay for a licence that the company may already own?
--
-- The saving is the rate with Windows less the rate of the same size without it, on usage that no commitment covers.
-- Licences must exist: a machine counts at least eight cores.
--
-- rule:
--   id         az.ahb.windows
--   class      C
--   effort     S
--   risk       m
--   step       tier
--   action     Prove the licences with Software Assurance and turn on Azure Hybrid Benefit.
-- params:
--   $start_date date  first day of the look-back, inclusive (UTC)
--   $end_date   date  last day, exclusive (UTC)
-- source:  finops-toolkit (ImageType other than Windows Server BYOL); price_ratios.csv where the bill has no price without Windows

with windows as (
    select *, contracted_cost / nullif(quantity, 0) as windows_price,
    from usage_days
    where provider = 'azure' and charge_date >= $start_date::date and unit = 'Hours'
        and regexp_matches(meter_sub_category, '(?i)\bwindows\b') and pricing_category is distinct from 'Dynamic'
        and not regexp_matches(coalesce(sku_details, ''), '(?i)byol|"x_AHB"\s*:\s*"?true')
),
ratios as (
    select
        w.meter_sub_category, w.meter, w.region_id, w.currency, any_value(w.windows_price) as windows_price,
        min(p.unit_price) as base_price, any_value(p.price_source) as own_source,
        max(cast(r.ratio as double)) as listed_ratio, max(r.dated) as dated,
    from windows as w
    left join unit_prices as p
        on p.provider = 'azure' and p.meter = w.meter and p.region_id = w.region_id and p.currency = w.currency
        and p.variant = trim(regexp_replace(w.meter_sub_category, '(?i)\s*\bwindows\b', ''))
    left join price_ratios as r on r.provider = 'azure' and r.kind = 'windows-base' and regexp_matches(w.meter_sub_category, r.pattern)
    group by w.meter_sub_category, w.meter, w.region_id, w.currency
),
priced as (
    select
        w.*,
        coalesce(cast(r.base_price / nullif(r.windows_price, 0) as double), r.listed_ratio) as base_share,
        coalesce(r.own_source, 'ratio: price table of ' || r.dated) as source,
        try_cast(nullif(regexp_extract(w.sku_details, '"(?:CoreCount|x_VCPUs)"\s*:\s*"?([0-9]+)', 1), '') as integer) as cores,
    from windows as w
    inner join ratios as r
        on r.meter = w.meter and r.meter_sub_category = w.meter_sub_category and r.region_id is not distinct from w.region_id and r.currency = w.currency
)
select
    provider, billing_account_id, sub_account_id, region_id, service_name, resource_id, currency,
    sum(effective_cost)::decimal(38, 15) as observed_cost,
    per_month(sum(effective_cost), min(first_at), $end_date::date) as monthly_cost,
    per_month(
        sum(case when not is_covered and base_share < 1 then share_of(effective_cost, 1 - base_share) end), min(first_at), $end_date::date
    ) as monthly_saving,
    (sum(quantity) filter (is_covered) / nullif(sum(quantity), 0))::double as covered_fraction,
    (sum(effective_cost) filter (base_share is not null) / nullif(sum(effective_cost), 0))::double as data_factor,
    any_value(source) as price_source,
    list(distinct raw_meter order by raw_meter) as meters,
    min(charge_date) as first_day,
    printf(
        'the rate without Windows is %.4f of the rate paid; %s licence cores (at least 8 a machine)',
        avg(base_share), coalesce(greatest(8, max(cores))::varchar, 'unknown')
    ) as explanation,
from priced
group by all
having sum(effective_cost) > 0 and coalesce(min(base_share), 0) < 1
order by provider, sub_account_id, resource_id, currency
