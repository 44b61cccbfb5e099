-- Is reserved capacity used? Accrual cost by capacity-reservation status.
--
-- grain:   one row per provider, service_name, billing_currency
-- params:
--   $start_date date default null  first charge day, inclusive (UTC)
--   $end_date   date default null  last charge day, exclusive (UTC)
-- columns:
--   provider          varchar
--   service_name      varchar
--   billing_currency  varchar
--   ledger            varchar          accrual: EffectiveCost
--   used_cost         decimal(38, 15)
--   unused_cost       decimal(38, 15)
--   utilisation       double           used ÷ (used + unused)
--   target_status     varchar          met, near, missed, no_target or not_computable
-- source:  mart daily; specs/kpis.md section 7 (rate.capacity_utilisation)
-- scope:   team

with sums as (
    select
        provider,
        service_name,
        billing_currency,
        coalesce(sum(effective_cost) filter (capacity_status = 'Used'), 0) as used_cost,
        coalesce(sum(effective_cost) filter (capacity_status = 'Unused'), 0) as unused_cost,
    from costs_between($start_date::date, $end_date::date)
    where capacity_status in ('Used', 'Unused')
    group by all
)
select
    provider,
    service_name,
    billing_currency,
    'accrual' as ledger,
    used_cost,
    unused_cost,
    used_cost / nullif(used_cost + unused_cost, 0) as utilisation,
    case
        when used_cost + unused_cost = 0 then 'not_computable'
        when t.met is null then 'no_target'
        when used_cost / (used_cost + unused_cost) > t.met then 'met'
        when used_cost / (used_cost + unused_cost) > t.near then 'near'
        else 'missed'
    end as target_status,
from sums
left join (select met, near from kpi_targets where kpi = 'rate.capacity_utilisation' limit 1) as t on true
order by billing_currency, unused_cost desc, provider, service_name
