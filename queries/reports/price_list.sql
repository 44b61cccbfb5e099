-- What is the list price of a service's SKUs?
--
-- grain:   one row per provider, sku_id, region, unit, currency, purchase_option, tier_start
-- params:
--   $service  varchar default null  words of the service's name, in any case
--   $sku      varchar default null  a SKU's id, or words of its name
--   $region   varchar default null  one region only
--   $currency varchar default null  one currency only
-- columns:
--   provider         varchar
--   service          varchar
--   sku_id           varchar
--   sku_name         varchar
--   region           varchar
--   purchase_option  varchar
--   unit             varchar
--   currency         varchar
--   tier_start       decimal(38, 15)  quantity from which the price applies
--   unit_price       decimal(38, 15)
--   effective_at     timestamp        since when, as the provider says
--   observed_at      timestamp        when it was collected
-- source:  table list_prices

select
    provider, service, sku_id, sku_name, region, purchase_option, unit, currency, tier_start, unit_price, effective_at, observed_at,
from list_prices
where ($service::varchar is null or contains(lower(service), lower($service::varchar)))
    and ($sku::varchar is null or sku_id = $sku::varchar or contains(lower(sku_name), lower($sku::varchar)))
    and ($region::varchar is null or region = $region::varchar)
    and ($currency::varchar is null or currency = upper($currency::varchar))
order by provider, service, sku_name, sku_id, region, currency, purchase_option, unit, tier_start
