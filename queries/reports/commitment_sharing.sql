-- What does each account pay for shared commitments under three sharing policies?
--
-- The total is the same in all three: what the provider charges, with the unused part at its owner; the unused part of each commitment by
-- the benefit received from it; everything by share of eligible on-demand equivalent. Where nobody benefits the owner keeps the unused part.
--
-- grain:   one row per provider, billing_account_id, billing_currency, sub_account_id
-- params:
--   $start_date date default null  first charge day, inclusive (UTC)
--   $end_date   date default null  last charge day, exclusive (UTC)
-- columns:
--   provider             varchar
--   billing_account_id   varchar
--   billing_currency     varchar
--   sub_account_id       varchar
--   sub_account_name     varchar
--   ledger               varchar          accrual: EffectiveCost
--   covered_on_demand    decimal(38, 15)  on-demand equivalent of usage that commitments covered
--   covered_cost         decimal(38, 15)  its effective cost
--   uncovered_on_demand  decimal(38, 15)  eligible usage that stayed on demand
--   benefit              decimal(38, 15)  covered_on_demand − covered_cost
--   unused_owned         decimal(38, 15)  unused part of the account's own commitments
--   provider_native      decimal(38, 15)
--   by_benefit           decimal(38, 2)
--   pooled               decimal(38, 2)
-- source:  mart daily; specs/commitments.md section 12

with charged as (
    select * from costs_between($start_date::date, $end_date::date) where row_class in ('used', 'unused', 'uncovered')
),
accounts_of as (
    select
        provider, billing_account_id, billing_currency, sub_account_id, max(sub_account_name) as sub_account_name,
        coalesce(sum(on_demand_cost) filter (row_class = 'used'), 0) as covered_on_demand,
        coalesce(sum(effective_cost) filter (row_class = 'used'), 0) as covered_cost,
        coalesce(sum(on_demand_cost) filter (row_class = 'uncovered'), 0) as uncovered_on_demand,
        coalesce(sum(effective_cost) filter (row_class = 'unused'), 0) as unused_owned,
    from charged
    group by all
),
benefits as (
    select
        provider, billing_account_id, billing_currency, commitment_id, sub_account_id,
        coalesce(sum(on_demand_cost - effective_cost) filter (row_class = 'used'), 0) as benefit,
        coalesce(sum(effective_cost) filter (row_class = 'unused'), 0) as owned,
    from charged
    where commitment_id is not null
    group by all
),
spread as (
    select
        *,
        sum(owned) over commitment as unused,
        sum(greatest(benefit, 0)) over commitment as benefits,
    from benefits
    window commitment as (partition by provider, billing_account_id, billing_currency, commitment_id)
),
shares as (
    select
        provider, billing_account_id, billing_currency, sub_account_id,
        sum(if(benefits = 0, owned::double, unused::double * greatest(benefit, 0)::double / benefits::double)) as unused_share,
    from spread
    group by all
),
pools as (
    select
        provider, billing_account_id, billing_currency,
        sum(covered_cost + uncovered_on_demand + unused_owned) as total, sum(covered_on_demand + uncovered_on_demand) as eligible,
    from accounts_of
    group by all
)
select
    a.provider, a.billing_account_id, a.billing_currency, a.sub_account_id, a.sub_account_name, 'accrual' as ledger,
    a.covered_on_demand, a.covered_cost, a.uncovered_on_demand, a.covered_on_demand - a.covered_cost as benefit, a.unused_owned,
    a.covered_cost + a.uncovered_on_demand + a.unused_owned as provider_native,
    cast(a.covered_cost::double + a.uncovered_on_demand::double + coalesce(s.unused_share, 0) as decimal(38, 2)) as by_benefit,
    cast(case
        when p.eligible = 0 then (a.covered_cost + a.uncovered_on_demand + a.unused_owned)::double
        else p.total::double * (a.covered_on_demand + a.uncovered_on_demand)::double / p.eligible::double
    end as decimal(38, 2)) as pooled,
from accounts_of as a
inner join pools as p
    on p.provider is not distinct from a.provider and p.billing_account_id is not distinct from a.billing_account_id and p.billing_currency is not distinct from a.billing_currency
left join shares as s
    on s.provider is not distinct from a.provider and s.billing_account_id is not distinct from a.billing_account_id
    and s.billing_currency is not distinct from a.billing_currency and s.sub_account_id is not distinct from a.sub_account_id
order by a.billing_currency, a.provider, a.billing_account_id, provider_native desc, a.sub_account_id
