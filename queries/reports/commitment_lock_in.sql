-- How long do commitments lock the company in, and how much of that lies above its lowest demand?
--
-- Commitments whose end the bill does not state are left out of obligations and counted beside them. Rates are of the median day of the last
-- 30; the last day of the data is left out of the lowest demand, because it may not be complete.
--
-- grain:   one row per provider, billing_currency
-- params:
--   $as_of date default null  day from which on it counts; else the day after the provider's last usage
-- columns:
--   provider                  varchar
--   billing_currency          varchar
--   commitments               bigint           alive, with a known end
--   commitments_without_end   bigint           alive, the bill states no end
--   active_per_hour           decimal(38, 9)   commitment alive on $as_of, whether its end is known or not
--   remaining_obligation      decimal(38, 2)
--   weighted_remaining_days   double           by obligation
--   eligible_per_hour         decimal(38, 9)   eligible usage of the median day of the last 30, at commitment rates
--   lock_in_months            double           obligation ÷ (eligible_per_hour × 730)
--   lowest_eligible_per_hour  decimal(38, 9)   of the days of the last 90, at commitment rates
--   floor_exposure            decimal(38, 2)   obligation above the lowest demand
--   largest_share_30_days     double           of the obligation that ends within any 30 days
--   expiring_30               decimal(38, 2)   rise in cost a month when the commitments end that end within 30 days
--   expiring_60               decimal(38, 2)
--   expiring_90               decimal(38, 2)
--   expiring_180              decimal(38, 2)
--   state                     varchar          ok, incomplete (an end is unknown) or not_computable
--   reason                    varchar
-- source:  mart daily, commitment_terms(), commitment_rates(); specs/commitments.md section 13, specs/kpis.md section 7

with clocks as (
    select provider, coalesce(max($as_of::date), max(charge_date) + 1) as as_of from daily where charge_category = 'Usage' group by provider
),
recent as (
    select d.*, c.as_of
    from daily as d
    inner join clocks as c on c.provider is not distinct from d.provider
    where d.row_class in ('used', 'uncovered') and d.spans_days = 1 and d.charge_date < c.as_of and d.charge_date >= c.as_of - 90
),
owed as (
    select
        r.provider, r.billing_currency, r.commitment_id, t.ends_at, r.per_hour, r.step_per_hour * 730 as step,
        date_diff('second', r.as_of::timestamp, t.ends_at) / 86400 as days,
    from commitment_rates($as_of::date) as r
    left join commitment_terms() as t on t.commitment_id = r.commitment_id and t.billing_currency = r.billing_currency
    where t.ends_at is null or t.ends_at > r.as_of
),
ends as (
    select
        o.*, per_hour * days * 24 as obligation,
        sum(per_hour * days * 24) over (partition by provider, billing_currency order by days range between current row and 29.999999 following) as together,
    from owed as o
    where days is not null
),
demand as (
    select
        provider, billing_currency, charge_date, as_of,
        sum(if(row_class = 'used', effective_cost, 0))::double
            + sum(if(row_class = 'uncovered', on_demand_cost, 0))::double * coalesce(any_value(price), 1) as eligible,
    from (
        select *, (sum(if(row_class = 'used', effective_cost, 0)) over w)::double / nullif(sum(if(row_class = 'used', on_demand_cost, 0)) over w, 0) as price,
        from recent
        window w as (partition by provider, billing_currency)
    )
    group by all
),
lowest as (
    select
        provider, billing_currency, min(eligible) filter (charge_date < as_of - 1) / 24 as lowest, median(eligible) filter (charge_date >= as_of - 30) / 24 as eligible,
    from demand
    group by all
),
sums as (
    select
        o.provider, o.billing_currency, count(e.commitment_id) as known, count(*) - count(e.commitment_id) as unknown, sum(o.per_hour) as active,
        sum(e.obligation) as obligation, sum(e.obligation * e.days) / nullif(sum(e.obligation), 0) as weighted, max(e.together) / nullif(sum(e.obligation), 0) as largest,
        coalesce(sum(e.step) filter (e.days <= 30), 0) as in_30, coalesce(sum(e.step) filter (e.days <= 60), 0) as in_60,
        coalesce(sum(e.step) filter (e.days <= 90), 0) as in_90, coalesce(sum(e.step) filter (e.days <= 180), 0) as in_180,
    from owed as o
    left join ends as e on e.commitment_id = o.commitment_id and e.billing_currency = o.billing_currency
    group by all
)
select
    s.provider, s.billing_currency, s.known as commitments, s.unknown as commitments_without_end,
    cast(s.active as decimal(38, 9)) as active_per_hour,
    cast(s.obligation as decimal(38, 2)) as remaining_obligation, s.weighted as weighted_remaining_days,
    cast(l.eligible as decimal(38, 9)) as eligible_per_hour, s.obligation / nullif(l.eligible * 730, 0) as lock_in_months,
    cast(l.lowest as decimal(38, 9)) as lowest_eligible_per_hour,
    cast(s.obligation * greatest(0, 1 - l.lowest / nullif(s.active, 0)) as decimal(38, 2)) as floor_exposure,
    s.largest as largest_share_30_days,
    cast(if(s.known = 0, null, s.in_30) as decimal(38, 2)) as expiring_30, cast(if(s.known = 0, null, s.in_60) as decimal(38, 2)) as expiring_60,
    cast(if(s.known = 0, null, s.in_90) as decimal(38, 2)) as expiring_90, cast(if(s.known = 0, null, s.in_180) as decimal(38, 2)) as expiring_180,
    case when s.known = 0 then 'not_computable' when s.unknown > 0 then 'incomplete' else 'ok' end as state,
    case
        when s.known = 0 then 'the bill states no end of any commitment'
        when s.unknown > 0 then printf('%d commitments without a stated end are not in the obligation', s.unknown)
    end as reason,
from sums as s
left join lowest as l on l.provider is not distinct from s.provider and l.billing_currency = s.billing_currency
order by s.billing_currency, s.obligation desc nulls last, s.provider
