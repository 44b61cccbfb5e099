-- What was charged on each day, by everything that reports group by?
--
-- Rows are told apart by a 64-bit hash of all that describes them: comparing thirty texts a charge costs more than reading them.
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
--   tag_values            varchar[]        values of the policy tags in the order of their raw keys
--   charge_count          bigint
--   billed_cost           decimal(38, 15)  cash ledger
--   effective_cost        decimal(38, 15)  accrual ledger
--   contracted_cost       decimal(38, 15)
--   list_cost             decimal(38, 15)
--   on_demand_cost        decimal(38, 15)  ContractedCost of usage, 0 for unused commitments
--   list_on_demand_cost   decimal(38, 15)  ListCost of usage, 0 for unused commitments
--   priced_effective_cost decimal(38, 15)  EffectiveCost of usage whose list and contracted cost are known
--   commitment_quantity   decimal(38, 15)
--   is_eligible           boolean          usage that a commitment could cover, by its meter; null where the meters are of no known kind
--   null_effective_count  bigint           charges without EffectiveCost
-- source:  FOCUS CostAndUsage, all charges, rollup_meters; on-demand equivalent and eligibility by specs/commitments.md section 1

with relevant as (
    select coalesce(list(distinct raw_key order by raw_key), []) as raw_keys
    from rollup_tag_keys
    where tag_key is not null
),
described as (
    select
        charges.*,
        m.is_eligible,
        cast(coalesce(ChargePeriodStart, BillingPeriodStart) as date) as charge_date,
        cast(greatest(1, coalesce(ceil(epoch(ChargePeriodEnd - ChargePeriodStart) / 86400), 1)) as integer) as spans_days,
        tag_values_of(Tags, (select raw_keys from relevant)) as tag_values,
    from charges
    left join rollup_meters as m
        on m.provider = ServiceProviderName and m.service_name = ServiceName and m.meter = SkuMeter and ChargeCategory = 'Usage'
),
grouped as (
    select
        any_value(source) as source,
        any_value(billing_period) as billing_period,
        any_value(version) as version,
        any_value(charge_date) as charge_date,
        any_value(spans_days) as spans_days,
        any_value(ServiceProviderName) as provider,
        any_value(InvoiceIssuerName) as invoice_issuer,
        any_value(BillingAccountId) as billing_account_id,
        any_value(SubAccountId) as sub_account_id,
        any_value(SubAccountName) as sub_account_name,
        any_value(ServiceName) as service_name,
        any_value(ServiceCategory) as service_category,
        any_value(ServiceSubcategory) as service_subcategory,
        any_value(RegionId) as region_id,
        any_value(ResourceType) as resource_type,
        any_value(ResourceId is not null) as has_resource,
        any_value(ChargeCategory) as charge_category,
        any_value(ChargeClass) as charge_class,
        any_value(ChargeFrequency) as charge_frequency,
        any_value(PricingCategory) as pricing_category,
        any_value(CommitmentDiscountId) as commitment_id,
        any_value(CommitmentDiscountName) as commitment_name,
        any_value(CommitmentDiscountCategory) as commitment_category,
        any_value(CommitmentDiscountType) as commitment_type,
        any_value(CommitmentDiscountStatus) as commitment_status,
        any_value(CommitmentDiscountUnit) as commitment_unit,
        any_value(CapacityReservationStatus) as capacity_status,
        any_value(InvoiceId) as invoice_id,
        any_value(BillingCurrency) as billing_currency,
        first(tag_values) as tag_values,
        count(*) as charge_count,
        sum(BilledCost) as billed_cost,
        sum(EffectiveCost) as effective_cost,
        sum(ContractedCost) as contracted_cost,
        sum(ListCost) as list_cost,
        sum(case when ListCost <> 0 and ContractedCost <> 0 then EffectiveCost else 0 end) as priced_cost,
        sum(CommitmentDiscountQuantity) as commitment_quantity,
        any_value(is_eligible) as is_eligible,
        count(*) - count(EffectiveCost) as null_effective_count,
    from described
    group by hash(
        source, billing_period, version, charge_date, spans_days, tag_values, ResourceId is null, is_eligible,
        ServiceProviderName, InvoiceIssuerName, BillingAccountId, SubAccountId, SubAccountName, ServiceName, ServiceCategory,
        ServiceSubcategory, RegionId, ResourceType, ChargeCategory, ChargeClass, ChargeFrequency, PricingCategory,
        CommitmentDiscountId, CommitmentDiscountName, CommitmentDiscountCategory, CommitmentDiscountType,
        CommitmentDiscountStatus, CommitmentDiscountUnit, CapacityReservationStatus, InvoiceId, BillingCurrency
    )
)
select
    * exclude (tag_values, charge_count, billed_cost, effective_cost, contracted_cost, list_cost, priced_cost,
        commitment_quantity, is_eligible, null_effective_count),
    tag_set_id(tag_values, (select raw_keys from relevant)) as tag_set,
    tag_values,
    charge_count, billed_cost, effective_cost, contracted_cost, list_cost,
    case when is_consumption(charge_category, commitment_status) then contracted_cost else 0 end as on_demand_cost,
    case when is_consumption(charge_category, commitment_status) then list_cost else 0 end as list_on_demand_cost,
    case when is_consumption(charge_category, commitment_status) then priced_cost else 0 end as priced_effective_cost,
    commitment_quantity, is_eligible, null_effective_count,
from grouped
