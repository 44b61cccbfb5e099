-- Which charges make up one day? The rows of the lake themselves, to trace a figure to its origin.
--
-- grain:   one row per charge
-- params:
--   $date     date                  UTC day of ChargePeriodStart
--   $service  varchar default null
--   $account  varchar default null  sub_account_id
--   $resource varchar default null  resource_id
--   $provider varchar default null
--   $limit    integer default 100   rows, from 1 to 1000000
-- columns:
--   charge_period_start  timestamp
--   charge_period_end    timestamp
--   provider             varchar
--   sub_account_id       varchar
--   service_name         varchar
--   charge_category      varchar
--   charge_description   varchar
--   resource_id          varchar
--   sku_id               varchar
--   pricing_quantity     decimal(38, 15)
--   pricing_unit         varchar
--   contracted_unit_price decimal(38, 15)
--   billing_currency     varchar
--   billed_cost          decimal(38, 15)  cash ledger
--   effective_cost       decimal(38, 15)  accrual ledger
--   list_cost            decimal(38, 15)
--   commitment_id        varchar
--   commitment_status    varchar
--   invoice_id           varchar
--   tags                 map(varchar, varchar)
--   source               varchar
--   billing_period       varchar
--   version              integer
-- source:  relation charges (the lake)

select
    ChargePeriodStart as charge_period_start,
    ChargePeriodEnd as charge_period_end,
    ServiceProviderName as provider,
    SubAccountId as sub_account_id,
    ServiceName as service_name,
    ChargeCategory as charge_category,
    ChargeDescription as charge_description,
    ResourceId as resource_id,
    SkuId as sku_id,
    PricingQuantity as pricing_quantity,
    PricingUnit as pricing_unit,
    ContractedUnitPrice as contracted_unit_price,
    BillingCurrency as billing_currency,
    BilledCost as billed_cost,
    EffectiveCost as effective_cost,
    ListCost as list_cost,
    CommitmentDiscountId as commitment_id,
    CommitmentDiscountStatus as commitment_status,
    InvoiceId as invoice_id,
    Tags as tags,
    source,
    billing_period,
    version,
from charges
where ChargePeriodStart >= $date::date
    and ChargePeriodStart < $date::date + interval 1 day
    and ($service::varchar is null or ServiceName = $service::varchar)
    and ($account::varchar is null or SubAccountId = $account::varchar)
    and ($resource::varchar is null or ResourceId = $resource::varchar)
    and ($provider::varchar is null or ServiceProviderName = $provider::varchar)
order by abs(EffectiveCost) desc nulls last, abs(BilledCost) desc nulls last, ChargePeriodStart, ResourceId, SkuId
limit $limit::integer
