-- Hour by hour (or day, month): are commitments used, what is wasted, covered and saved, by family, commitment, owner, account or region?
--
-- A charge that is longer than an hour is spread evenly over its hours; `spread_share` says how much of the commitment's cost that is.
-- The team is that of the resource in the billing period, else of the account. Ratios are ratios of sums and null on their own zero
-- denominator only. By commitment there is no uncovered usage, so coverage is null.
--
-- grain:   one row per group_value, period, billing_currency
-- params:
--   $start_date date                   first day, inclusive (UTC)
--   $end_date   date                   last day, exclusive (UTC)
--   $group_by   varchar default total  one of: total, provider, service, family, commitment, account, region, team
--   $grain      varchar default day    one of: hour, day, month
-- columns:
--   group_value          varchar
--   period               timestamp        start of the hour, day or month (UTC)
--   billing_currency     varchar
--   ledger               varchar          accrual: EffectiveCost
--   basis                varchar          contracted: price that on-demand equivalents take
--   used_cost            decimal(38, 9)   U$
--   waste                decimal(38, 9)   W$
--   commitment_cost      decimal(38, 9)   K$ = U$ + W$
--   utilisation          double           U$ ÷ K$
--   used_on_demand       decimal(38, 9)   Ou
--   uncovered_on_demand  decimal(38, 9)   Od
--   coverage             double           Ou ÷ (Ou + Od)
--   net_savings          decimal(38, 9)   Ou − K$
--   esr                  double           net_savings ÷ (Ou + Od)
--   break_even_utilisation double         U$ ÷ Ou
--   spread_share         double           part of K$ that the bill does not state by the hour
--   period_state         varchar          open, provisional (delivered within 72 hours of its end), closed; null if unknown
-- source:  charges; specs/commitments.md sections 1, 2 and 11; eligibility as in the mart daily

with eligible_categories as (
    select service_category, bool_and(eligible) as eligible from commitment_eligibility group by service_category
),
eligible_meters as (
    select provider, service_name, meter, bool_or(is_eligible) as is_eligible from rollup_meters group by all
),
owners as (
    select billing_period, resource_id, arg_max(team, coalesce(effective_cost, 0)) as team from resources where team is not null group by all
),
charged as (
    select
        ServiceProviderName as provider, coalesce(o.team, a.team, '(none)') as team, ServiceName as service, SubAccountId as account, RegionId as region, CommitmentDiscountId as commitment,
        coalesce(
            nullif(regexp_extract(SkuPriceDetails, '"InstanceType":"((?:db|cache)?\.?[a-z][a-z0-9-]*)\.[a-z0-9]+"', 1), ''),
            nullif(regexp_replace(regexp_extract(SkuPriceDetails, '"InstanceType":"Standard_([^"]+)"', 1), '[0-9]+(-[0-9]+)?', ''), ''),
            nullif(regexp_extract(SkuPriceDetails, '"InstanceType":"([a-z][a-z0-9]*)-', 1), ''),
            nullif(regexp_extract(SkuMeter, ':((?:db\.|cache\.)?[a-z][a-z0-9-]*)\.', 1), ''), SkuMeter, '(none)') as family,
        BillingCurrency as billing_currency, date_trunc('hour', ChargePeriodStart) as start_at,
        greatest(1, ceil(epoch(ChargePeriodEnd - date_trunc('hour', ChargePeriodStart)) / 3600))::integer as hours,
        case CommitmentDiscountStatus when 'Used' then 'used' when 'Unused' then 'unused' else 'uncovered' end as row_class,
        sum(EffectiveCost) as effective_cost, sum(ContractedCost) as on_demand_cost,
    from charges
    left join eligible_categories as e on e.service_category = ServiceCategory
    left join eligible_meters as m on m.provider = ServiceProviderName and m.service_name = ServiceName and m.meter = SkuMeter
    left join owners as o on $group_by::varchar = 'team' and o.billing_period = charges.billing_period and o.resource_id = ResourceId
    left join accounts as a on $group_by::varchar = 'team' and a.sub_account_id = SubAccountId
    where ChargePeriodStart < $end_date::date and ChargePeriodEnd > $start_date::date and ChargePeriodStart >= $start_date::date - 31
        and ChargeCategory = 'Usage'
        and (CommitmentDiscountStatus in ('Used', 'Unused')
            or (CommitmentDiscountId is null and coalesce(PricingCategory, 'Standard') = 'Standard' and coalesce(m.is_eligible, e.eligible, ServiceCategory is null)))
    group by all
),
parts as (
    select
        case $group_by::varchar
            when 'provider' then provider when 'service' then service when 'family' then family when 'commitment' then commitment
            when 'account' then account when 'region' then region when 'team' then team else 'total'
        end as group_value,
        billing_currency, start_at, row_class, hours, unnest(range(hours)) as n,
        cast(replace(cast(cast(effective_cost as decimal(38, 15)) as varchar), '.', '') as hugeint) as effective_units,
        cast(replace(cast(cast(on_demand_cost as decimal(38, 15)) as varchar), '.', '') as hugeint) as on_demand_units,
    from charged
    where $group_by::varchar <> 'commitment' or row_class <> 'uncovered'
),
spread as (
    -- whole units of the last digit, so that the hours of a charge add up to it
    select
        group_value, billing_currency, start_at + to_hours(n) as hour_at, row_class, hours > 1 as is_spread,
        (effective_units * (n + 1)) // hours - (effective_units * n) // hours as effective_cost,
        (on_demand_units * (n + 1)) // hours - (on_demand_units * n) // hours as on_demand_cost,
    from parts
),
sums as (
    select
        group_value, date_trunc($grain::varchar, hour_at) as period, billing_currency,
        cast(cast(coalesce(sum(effective_cost) filter (row_class = 'used'), 0) as decimal(38, 0)) * 0.000000000000001::decimal(16, 15) as decimal(38, 15)) as used_cost,
        cast(cast(coalesce(sum(effective_cost) filter (row_class = 'unused'), 0) as decimal(38, 0)) * 0.000000000000001::decimal(16, 15) as decimal(38, 15)) as waste,
        cast(cast(coalesce(sum(effective_cost) filter (row_class <> 'uncovered' and is_spread), 0) as decimal(38, 0)) * 0.000000000000001::decimal(16, 15) as decimal(38, 15)) as spread_cost,
        cast(cast(coalesce(sum(on_demand_cost) filter (row_class = 'used'), 0) as decimal(38, 0)) * 0.000000000000001::decimal(16, 15) as decimal(38, 15)) as used_on_demand,
        cast(cast(coalesce(sum(on_demand_cost) filter (row_class = 'uncovered'), 0) as decimal(38, 0)) * 0.000000000000001::decimal(16, 15) as decimal(38, 15)) as uncovered_on_demand,
    from spread
    where hour_at >= $start_date::date and hour_at < $end_date::date
    group by all
),
timed as (
    select *, period + case $grain::varchar when 'hour' then interval 1 hour when 'day' then interval 1 day else interval 1 month end as period_end,
    from sums
),
delivered as (
    select billing_period, max(landed_at) as landed_at, max(complete_through) as complete_through from lake_versions group by all
)
select
    s.group_value, cast(s.period as timestamp) as period, s.billing_currency, 'accrual' as ledger, 'contracted' as basis,
    cast(s.used_cost as decimal(38, 9)) as used_cost, cast(s.waste as decimal(38, 9)) as waste,
    cast(s.used_cost + s.waste as decimal(38, 9)) as commitment_cost,
    cast(s.used_cost / nullif(s.used_cost + s.waste, 0) as double) as utilisation,
    cast(s.used_on_demand as decimal(38, 9)) as used_on_demand, cast(s.uncovered_on_demand as decimal(38, 9)) as uncovered_on_demand,
    if($group_by::varchar = 'commitment', null, cast(s.used_on_demand / nullif(s.used_on_demand + s.uncovered_on_demand, 0) as double)) as coverage,
    cast(s.used_on_demand - s.used_cost - s.waste as decimal(38, 9)) as net_savings,
    cast((s.used_on_demand - s.used_cost - s.waste) / nullif(s.used_on_demand + s.uncovered_on_demand, 0) as double) as esr,
    cast(s.used_cost / nullif(s.used_on_demand, 0) as double) as break_even_utilisation,
    cast(s.spread_cost / nullif(s.used_cost + s.waste, 0) as double) as spread_share,
    case
        when d.landed_at is null then null
        when d.complete_through < s.period_end then 'open'
        when d.landed_at < s.period_end + interval 72 hour then 'provisional' else 'closed'
    end as period_state,
from timed as s
left join delivered as d on d.billing_period = strftime(s.period, '%Y-%m')
order by s.billing_currency, s.period, s.used_cost desc, s.group_value
