-- What was charged on each day, by everything that reports group by?
--
-- grain:   one row per combination of the text, date and boolean columns below
-- columns:
--   source                varchar
--   billing_period        varchar          YYYY-MM, the provider's billing month
--   version               integer
--   charge_date           date             UTC day of ChargePeriodStart
--   spans_days            integer          days of the charge period; 1 for hours and days, more for tax and monthly fees
--   provider              varchar          ServiceProviderName
--   invoice_issuer        varchar
--   billing_account_id    varchar
--   sub_account_id        varchar
--   sub_account_name      varchar
--   service_name          varchar
--   service_category      varchar
--   service_subcategory   varchar
--   region_id             varchar
--   resource_type         varchar
--   has_resource          boolean
--   charge_category       varchar
--   charge_class          varchar
--   charge_frequency      varchar
--   pricing_category      varchar
--   commitment_id         varchar
--   commitment_name       varchar
--   commitment_category   varchar
--   commitment_type       varchar
--   commitment_status     varchar
--   commitment_unit       varchar
--   capacity_status       varchar          CapacityReservationStatus
--   invoice_id            varchar
--   billing_currency      varchar
--   tag_set               ubigint          combination of policy tags, see rollup_tag_sets
--   charge_count          bigint
--   billed_cost           decimal(38, 15)  cash ledger
--   effective_cost        decimal(38, 15)  accrual ledger
--   contracted_cost       decimal(38, 15)
--   list_cost             decimal(38, 15)
--   on_demand_cost        decimal(38, 15)  ContractedCost of usage, 0 for unused commitments
--   list_on_demand_cost   decimal(38, 15)  ListCost of usage, 0 for unused commitments
--   priced_effective_cost decimal(38, 15)  EffectiveCost of usage whose list and contracted cost are known
--   commitment_quantity   decimal(38, 15)
--   null_effective_count  bigint           charges without EffectiveCost
-- source:  FOCUS CostAndUsage, all charges; on-demand equivalent by specs/commitments.md section 1

with relevant as (
    select coalesce(list(distinct raw_key order by raw_key), []) as raw_keys
    from rollup_tag_keys
    where tag_key is not null
)
select
    source,
    billing_period,
    version,
    cast(coalesce(ChargePeriodStart, BillingPeriodStart) as date) as charge_date,
    cast(greatest(1, coalesce(ceil(epoch(ChargePeriodEnd - ChargePeriodStart) / 86400), 1)) as integer) as spans_days,
    ServiceProviderName as provider,
    InvoiceIssuerName as invoice_issuer,
    BillingAccountId as billing_account_id,
    SubAccountId as sub_account_id,
    SubAccountName as sub_account_name,
    ServiceName as service_name,
    ServiceCategory as service_category,
    ServiceSubcategory as service_subcategory,
    RegionId as region_id,
    ResourceType as resource_type,
    ResourceId is not null as has_resource,
    ChargeCategory as charge_category,
    ChargeClass as charge_class,
    ChargeFrequency as charge_frequency,
    PricingCategory as pricing_category,
    CommitmentDiscountId as commitment_id,
    CommitmentDiscountName as commitment_name,
    CommitmentDiscountCategory as commitment_category,
    CommitmentDiscountType as commitment_type,
    CommitmentDiscountStatus as commitment_status,
    CommitmentDiscountUnit as commitment_unit,
    CapacityReservationStatus as capacity_status,
    InvoiceId as invoice_id,
    BillingCurrency as billing_currency,
    tag_set_id(tag_values_of(Tags, (select raw_keys from relevant)), (select raw_keys from relevant)) as tag_set,
    count(*) as charge_count,
    sum(BilledCost) as billed_cost,
    sum(EffectiveCost) as effective_cost,
    sum(ContractedCost) as contracted_cost,
    sum(ListCost) as list_cost,
    sum(case when is_consumption(ChargeCategory, CommitmentDiscountStatus) then ContractedCost else 0 end) as on_demand_cost,
    sum(case when is_consumption(ChargeCategory, CommitmentDiscountStatus) then ListCost else 0 end) as list_on_demand_cost,
    sum(case
        when is_consumption(ChargeCategory, CommitmentDiscountStatus) and nullif(ListCost, 0) is not null
            and nullif(ContractedCost, 0) is not null then EffectiveCost
        else 0
    end) as priced_effective_cost,
    sum(CommitmentDiscountQuantity) as commitment_quantity,
    count(*) - count(EffectiveCost) as null_effective_count,
from charges
group by all
