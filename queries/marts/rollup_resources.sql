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
)
select
    source,
    billing_period,
    version,
    ServiceProviderName as provider,
    SubAccountId as sub_account_id,
    ServiceName as service_name,
    ResourceType as resource_type,
    RegionId as region_id,
    ResourceId as resource_id,
    max(ResourceName) as resource_name,
    BillingCurrency as billing_currency,
    coalesce(is_consumption(ChargeCategory, CommitmentDiscountStatus), false) as is_consumption,
    tag_set_id(tag_values_of(Tags, (select raw_keys from relevant)), (select raw_keys from relevant)) as tag_set,
    coalesce(bool_or(not list_has_all((select system_keys from relevant), map_keys(Tags))), false) as has_user_tag,
    min(cast(ChargePeriodStart as date)) as first_date,
    max(cast(ChargePeriodStart as date)) as last_date,
    count(*) as charge_count,
    sum(BilledCost) as billed_cost,
    sum(EffectiveCost) as effective_cost,
from charges
where ResourceId is not null
group by all
