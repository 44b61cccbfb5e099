-- Why does a month cost more or less than the month before? Effects that add up to the difference.
--
-- What both months used is compared item by item (service, SKU, region, unit): cost before commitments = quantity × list price ×
-- share left after negotiation, split by Shapley over the three. What has no list price or quantity stays in one line of its own.
--
-- grain:   one row per effect, billing_currency; every effect, also of 0
-- params:
--   $month     varchar               charge month, e.g. 2026-10
--   $previous  varchar default null  month to compare with; the one before by default
-- columns:
--   position          integer          order of display: the same every month
--   effect            varchar
--   billing_currency  varchar
--   ledger            varchar          accrual: EffectiveCost
--   previous_cost     decimal(38, 15)  of everything, the same on each row
--   current_cost      decimal(38, 15)  of everything, the same on each row
--   amount            decimal(38, 15)  positive: costs more; Σ amount = current_cost − previous_cost
--   state             varchar          ok, or not_computable without charges in the month before
--   reason            varchar
-- source:  relation charges, mart daily; specs/budgets.md section 6.2

with compared as (
    select $month::varchar as month, coalesce($previous::varchar, strftime(try_cast($month::varchar || '-01' as date) - interval 1 month, '%Y-%m')) as previous
),
lines as (
    select
        BillingCurrency as currency,
        strftime(coalesce(ChargePeriodStart, BillingPeriodStart), '%Y-%m') = p.month as is_now,
        case
            when ChargeCategory is distinct from 'Usage' then coalesce(ChargeCategory, 'Other')
            when CommitmentDiscountStatus = 'Unused' then 'unused'
            when coalesce(ListCost, 0) = 0 or coalesce(ContractedCost, 0) = 0 or coalesce(PricingQuantity, ConsumedQuantity, 0) = 0 then 'unpriced'
            else 'priced'
        end as kind,
        case when CommitmentDiscountStatus = 'Used' then 'used' when PricingCategory = 'Dynamic' then 'dynamic' else 'plain' end as covered,
        coalesce(ServiceProviderName, '') || '|' || coalesce(ServiceName, '') || '|' || coalesce(SkuId, SkuPriceId, ResourceType, '') || '|'
            || coalesce(RegionId, '') || '|' || coalesce(if(PricingQuantity is null, ConsumedUnit, PricingUnit), '') as item,
        coalesce(PricingQuantity, ConsumedQuantity) as quantity,
        ListCost as list_cost, ContractedCost as contracted_cost, coalesce(EffectiveCost, 0) as effective_cost,
    from charges
    inner join compared as p on strftime(coalesce(ChargePeriodStart, BillingPeriodStart), '%Y-%m') in (p.month, p.previous)
),
items as (
    select
        currency, item,
        count(*) filter (is_now) > 0 as has_now, count(*) filter (not is_now) > 0 as has_before,
        coalesce(sum(quantity) filter (is_now), 0)::double as q1, coalesce(sum(quantity) filter (not is_now), 0)::double as q0,
        coalesce(sum(list_cost) filter (is_now), 0)::double as l1, coalesce(sum(list_cost) filter (not is_now), 0)::double as l0,
        coalesce(sum(contracted_cost) filter (is_now), 0) as c1, coalesce(sum(contracted_cost) filter (not is_now), 0) as c0,
    from lines where kind = 'priced' group by all
),
factors as (
    select
        *,
        not has_before as is_new, not has_now as is_gone,
        has_now and has_before and q0 <> 0 and q1 <> 0 and l0 <> 0 and l1 <> 0 as is_comparable,
        l0 / nullif(q0, 0) as p0, l1 / nullif(q1, 0) as p1, c0::double / nullif(l0, 0) as k0, c1::double / nullif(l1, 0) as k1,
    from items
),
split as (
    select
        currency, is_new, is_gone, is_comparable, c1 - c0 as change,
        cast(case when is_comparable then (q1 - q0) * ((p0 * k0 + p1 * k1) / 3 + (p0 * k1 + p1 * k0) / 6) end as decimal(38, 15)) as volume,
        cast(case when is_comparable then (p1 - p0) * ((q0 * k0 + q1 * k1) / 3 + (q0 * k1 + q1 * k0) / 6) end as decimal(38, 15)) as list_price,
    from factors
),
uncovered as (
    select
        billing_currency as currency,
        coalesce(sum(on_demand_cost) filter (charge_month = p.month), 0) as od1, coalesce(sum(on_demand_cost) filter (charge_month = p.previous), 0) as od0,
    from monthly, compared as p
    where row_class = 'uncovered' and charge_month in (p.month, p.previous)
    group by all
),
sums as (
    select
        currency,
        count(*) filter (not is_now) as rows_before,
        coalesce(sum(effective_cost) filter (not is_now), 0) as before, coalesce(sum(effective_cost) filter (is_now), 0) as now,
        coalesce(sum(if(is_now, effective_cost, -effective_cost)) filter (kind = 'unused'), 0) as waste,
        coalesce(sum(if(is_now, effective_cost, -effective_cost)) filter (kind = 'unpriced'), 0) as unpriced,
        coalesce(sum(if(is_now, effective_cost, -effective_cost)) filter (kind = 'Credit'), 0) as credits,
        coalesce(sum(if(is_now, effective_cost, -effective_cost)) filter (kind = 'Tax'), 0) as tax,
        coalesce(sum(if(is_now, effective_cost, -effective_cost)) filter (kind not in ('priced', 'unpriced', 'unused', 'Credit', 'Tax')), 0) as other,
        coalesce(sum(if(is_now, effective_cost - contracted_cost, contracted_cost - effective_cost)) filter (kind = 'priced' and covered <> 'used'), 0) as spot,
        coalesce(sum(contracted_cost) filter (kind = 'priced' and covered = 'used' and is_now), 0) as o1,
        coalesce(sum(contracted_cost) filter (kind = 'priced' and covered = 'used' and not is_now), 0) as o0,
        coalesce(sum(effective_cost) filter (kind = 'priced' and covered = 'used' and is_now), 0) as u1,
        coalesce(sum(effective_cost) filter (kind = 'priced' and covered = 'used' and not is_now), 0) as u0,
    from lines group by all
),
rates as (
    select
        s.*, (o1 + coalesce(od1, 0))::double as d1, (o0 + coalesce(od0, 0))::double as d0,
        coalesce(o1::double / nullif(d1, 0), 0) as v1, coalesce(o0::double / nullif(d0, 0), 0) as v0,
        coalesce(1 - u1::double / nullif(o1, 0), 1 - u0::double / nullif(o0, 0), 0) as r1, coalesce(1 - u0::double / nullif(o0, 0), r1) as r0,
        cast(-(d1 - d0) * ((v0 * r0 + v1 * r1) / 3 + (v0 * r1 + v1 * r0) / 6) as decimal(38, 15)) as demand,
        cast(-(v1 - v0) * ((d0 * r0 + d1 * r1) / 3 + (d0 * r1 + d1 * r0) / 6) as decimal(38, 15)) as coverage,
    from sums as s left join uncovered as u using (currency)
),
usage as (
    select
        currency,
        coalesce(sum(change) filter (is_new), 0) as new_items, coalesce(sum(change) filter (is_gone), 0) as ended_items,
        coalesce(sum(volume), 0) as volume, coalesce(sum(list_price), 0) as list_price,
        coalesce(sum(change - volume - list_price) filter (is_comparable), 0) as negotiated,
        coalesce(sum(change) filter (not is_new and not is_gone and not is_comparable), 0) as incomparable,
    from split group by all
),
effects as (
    select r.*, unnest([
        {'position': 1, 'effect': 'volume', 'amount': coalesce(volume, 0)}, {'position': 2, 'effect': 'new', 'amount': coalesce(new_items, 0)},
        {'position': 3, 'effect': 'ended', 'amount': coalesce(ended_items, 0)}, {'position': 4, 'effect': 'list price', 'amount': coalesce(list_price, 0)},
        {'position': 5, 'effect': 'negotiated rate', 'amount': coalesce(negotiated, 0)},
        {'position': 6, 'effect': 'commitment demand', 'amount': demand}, {'position': 7, 'effect': 'commitment coverage', 'amount': coverage},
        {'position': 8, 'effect': 'commitment discount', 'amount': -((o1 - u1) - (o0 - u0)) - demand - coverage},
        {'position': 9, 'effect': 'commitment waste', 'amount': waste}, {'position': 10, 'effect': 'spot and other rates', 'amount': spot},
        {'position': 11, 'effect': 'credits', 'amount': credits}, {'position': 12, 'effect': 'tax', 'amount': tax},
        {'position': 13, 'effect': 'purchases and fees', 'amount': other}, {'position': 14, 'effect': 'price unknown', 'amount': unpriced + coalesce(incomparable, 0)}
    ]) as e from rates as r left join usage using (currency)
)
select
    e.position as position, e.effect as effect, currency as billing_currency, 'accrual' as ledger,
    cast(before as decimal(38, 15)) as previous_cost, cast(now as decimal(38, 15)) as current_cost, cast(e.amount as decimal(38, 15)) as amount,
    case when rows_before > 0 then 'ok' else 'not_computable' end as state,
    case when rows_before = 0 then 'no charges in the month before' end as reason,
from effects
order by billing_currency, position
