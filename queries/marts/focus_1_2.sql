-- What do the charges look like as FOCUS 1.2, the version that providers export and rules exist for?
--
-- grain:   one row per row of charges
-- columns:
--   AvailabilityZone                   varchar
--   BilledCost                         decimal(38, 15)
--   BillingAccountId                   varchar
--   BillingAccountName                 varchar
--   BillingAccountType                 varchar
--   BillingCurrency                    varchar
--   BillingPeriodEnd                   timestamp
--   BillingPeriodStart                 timestamp
--   CapacityReservationId              varchar
--   CapacityReservationStatus          varchar
--   ChargeCategory                     varchar
--   ChargeClass                        varchar
--   ChargeDescription                  varchar
--   ChargeFrequency                    varchar
--   ChargePeriodEnd                    timestamp
--   ChargePeriodStart                  timestamp
--   CommitmentDiscountCategory         varchar
--   CommitmentDiscountId               varchar
--   CommitmentDiscountName             varchar
--   CommitmentDiscountQuantity         decimal(38, 15)
--   CommitmentDiscountStatus           varchar
--   CommitmentDiscountType             varchar
--   CommitmentDiscountUnit             varchar
--   ConsumedQuantity                   decimal(38, 15)
--   ConsumedUnit                       varchar
--   ContractedCost                     decimal(38, 15)
--   ContractedUnitPrice                decimal(38, 15)
--   EffectiveCost                      decimal(38, 15)
--   InvoiceId                          varchar
--   InvoiceIssuerName                  varchar
--   ListCost                           decimal(38, 15)
--   ListUnitPrice                      decimal(38, 15)
--   PricingCategory                    varchar
--   PricingCurrency                    varchar
--   PricingCurrencyContractedUnitPrice decimal(38, 15)
--   PricingCurrencyEffectiveCost       decimal(38, 15)
--   PricingCurrencyListUnitPrice       decimal(38, 15)
--   PricingQuantity                    decimal(38, 15)
--   PricingUnit                        varchar
--   ProviderName                       varchar
--   PublisherName                      varchar
--   RegionId                           varchar
--   RegionName                         varchar
--   ResourceId                         varchar
--   ResourceName                       varchar
--   ResourceType                       varchar
--   ServiceCategory                    varchar
--   ServiceName                        varchar
--   ServiceSubcategory                 varchar
--   SkuId                              varchar
--   SkuMeter                           varchar
--   SkuPriceDetails                    varchar  JSON object
--   SkuPriceId                         varchar
--   SubAccountId                       varchar
--   SubAccountName                     varchar
--   SubAccountType                     varchar
--   Tags                               varchar  JSON object
-- source:  charges; specs/focus.md section 2; provider and publisher as delivered, before they became service and host provider

select
    AvailabilityZone, BilledCost, BillingAccountId, BillingAccountName, BillingAccountType, BillingCurrency,
    BillingPeriodEnd, BillingPeriodStart, CapacityReservationId, CapacityReservationStatus, ChargeCategory,
    ChargeClass, ChargeDescription, ChargeFrequency, ChargePeriodEnd, ChargePeriodStart, CommitmentDiscountCategory,
    CommitmentDiscountId, CommitmentDiscountName, CommitmentDiscountQuantity, CommitmentDiscountStatus,
    CommitmentDiscountType, CommitmentDiscountUnit, ConsumedQuantity, ConsumedUnit, ContractedCost,
    ContractedUnitPrice, EffectiveCost, InvoiceId, InvoiceIssuerName, ListCost, ListUnitPrice, PricingCategory,
    PricingCurrency, PricingCurrencyContractedUnitPrice, PricingCurrencyEffectiveCost, PricingCurrencyListUnitPrice,
    PricingQuantity, PricingUnit, x_ProviderName as ProviderName, x_PublisherName as PublisherName, RegionId,
    RegionName, ResourceId, ResourceName, ResourceType, ServiceCategory, ServiceName, ServiceSubcategory, SkuId,
    SkuMeter, SkuPriceDetails, SkuPriceId, SubAccountId, SubAccountName, SubAccountType,
    to_json(Tags)::varchar as Tags,
from charges
