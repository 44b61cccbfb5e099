-- What did each resource cost in each billing period, and does it carry a tag?
--
-- grain:   one row per source, billing_period, version, resource, tag_set, is_consumption and the columns that describe it
-- columns:
--   source             varchar
--   billing_period     varchar          YYYY-MM
--   version            integer
--   provider           varchar
--   sub_account_id     varchar
--   service_name       varchar
--   resource_type      varchar
--   region_id          varchar
--   resource_id        varchar
--   resource_name      varchar
--   billing_currency   varchar
--   is_consumption     boolean          usage other than an unused commitment
--   tag_set            ubigint          combination of policy tags, see rollup_tag_sets
--   has_user_tag       boolean          any tag that is not the provider's own
--   first_date         date             UTC day of the first charge
--   last_date          date             UTC day of the last charge's start
--   charge_count       bigint
--   billed_cost        decimal(38, 15)  cash ledger
--   effective_cost     decimal(38, 15)  accrual ledger
-- source:  FOCUS CostAndUsage, charges with a ResourceId

with relevant as (
    select
        coalesce(list(distinct raw_key order by raw_key) filter (tag_key is not null), []) as raw_keys,
        coalesce(list(distinct raw_key) filter (is_system), []) as system_keys,
    from rollup_tag_keys
),
described as (
    select
        *,
        cast(ChargePeriodStart as date) as charge_date,
        tag_values_of(Tags, (select raw_keys from relevant)) as tag_values,
        coalesce(is_consumption(ChargeCategory, CommitmentDiscountStatus), false) as is_consumption,
        cardinality(Tags) > len(list_filter((select system_keys from relevant), lambda k: map_contains(Tags, k))) as has_user_tag,
    from charges
    where ResourceId is not null
),
grouped as (
    select
        any_value(source) as source,
        any_value(billing_period) as billing_period,
        any_value(version) as version,
        any_value(ServiceProviderName) as provider,
        any_value(SubAccountId) as sub_account_id,
        any_value(ServiceName) as service_name,
        any_value(ResourceType) as resource_type,
        any_value(RegionId) as region_id,
        any_value(ResourceId) as resource_id,
        any_value(ResourceName) as resource_name,
        any_value(BillingCurrency) as billing_currency,
        any_value(is_consumption) as is_consumption,
        first(tag_values) as tag_values,
        bool_or(has_user_tag) as has_user_tag,
        min(charge_date) as first_date,
        max(charge_date) as last_date,
        count(*) as charge_count,
        sum(BilledCost) as billed_cost,
        sum(EffectiveCost) as effective_cost,
    from described
    group by hash(
        source, billing_period, version, ServiceProviderName, SubAccountId, ServiceName, ResourceType, RegionId, ResourceId,
        ResourceName, BillingCurrency, is_consumption, tag_values
    )
)
select
    source, billing_period, version, provider, sub_account_id, service_name, resource_type, region_id, resource_id,
    max(resource_name) as resource_name,
    billing_currency, is_consumption,
    tag_set_id(tag_values, (select raw_keys from relevant)) as tag_set,
    coalesce(bool_or(has_user_tag), false) as has_user_tag,
    min(first_date) as first_date,
    max(last_date) as last_date,
    cast(sum(charge_count) as bigint) as charge_count,
    sum(billed_cost) as billed_cost,
    sum(effective_cost) as effective_cost,
from grouped
group by all
