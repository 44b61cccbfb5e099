-- What is the list price of each SKU?
--
-- grain: one row per staged row: SKU, region, unit, currency, purchase option and tier
-- source: Google Cloud Billing catalog (specs/exports.md); files of rows written by collectors
select
    coalesce(provider, error('a list price has no provider')) as provider,
    coalesce(sku_id, error('a list price of ' || provider || ' has no sku_id')) as sku_id,
    sku_name,
    service,
    coalesce(region, '') as region,
    coalesce(unit, '') as unit,
    coalesce(upper(currency), error('the list price of SKU ' || sku_id || ' has no currency')) as currency,
    coalesce(tier_start, 0) as tier_start,
    unit_price,
    coalesce(purchase_option, '') as purchase_option,
    effective_at,
    detail,
    coalesce(observed_at, error('the list price of SKU ' || sku_id || ' has no readable observed_at')) as observed_at,
from staged
