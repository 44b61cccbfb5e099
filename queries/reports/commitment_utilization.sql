-- Are commitments used, what is wasted, how much is covered and what is saved?
--
-- Every ratio is a ratio of sums and null on its own zero denominator only; savings are never clamped at 0.
-- By commitment there is no uncovered usage, so coverage is null there and esr compares with the covered usage alone.
--
-- grain:   one row per group_value, period, billing_currency
-- params:
--   $group_by   varchar default total       one of: total, month, provider, service, type, commitment, account, team
--   $grain      varchar default total       one of: total, month; period of each row (group_by=month implies month)
--   $basis      varchar default contracted  one of: contracted, list; price that on-demand equivalents take
--   $start_date date default null           first charge day, inclusive (UTC)
--   $end_date   date default null           last charge day, exclusive (UTC)
-- columns:
--   group_value          varchar
--   group_name           varchar          commitment name, else as group_value
--   period               varchar          YYYY-MM, or total
--   billing_currency     varchar
--   ledger               varchar          accrual: EffectiveCost
--   basis                varchar
--   used_cost            decimal(38, 15)  U$
--   waste                decimal(38, 15)  W$: cost of the unused part
--   commitment_cost      decimal(38, 15)  K$ = U$ + W$
--   utilisation          double           U$ ÷ K$
--   waste_share          double           W$ ÷ K$
--   used_on_demand       decimal(38, 15)  Ou: on-demand equivalent of covered usage
--   uncovered_on_demand  decimal(38, 15)  Od: that of eligible usage without commitment
--   eligible_on_demand   decimal(38, 15)  D = Ou + Od
--   coverage             double           Ou ÷ D
--   gross_savings        decimal(38, 15)  Ou − U$
--   net_savings          decimal(38, 15)  Ou − K$
--   discount_on_used     double           1 − U$ ÷ Ou
--   break_even_utilisation double         U$ ÷ Ou
--   esr                  double           effective savings rate of eligible usage: net_savings ÷ D
--   esr_list             double           1 − Σ effective ÷ Σ list over all usage
--   utilisation_by_quantity double        cross-check in units; null for several units
--   commitment_unit      varchar
--   price_coverage       double           share of usage cost whose list and contracted cost are known
--   eligibility          varchar          version of the eligibility table
--   target_status        varchar          of utilisation: met, near, missed, no_target or not_computable
--   state                varchar          ok, incomplete or not_computable
--   reason               varchar
--   period_state         varchar          open, provisional (delivered within 72 hours of its end), closed; null if unknown
-- source:  mart daily; specs/commitments.md sections 1 and 2
-- scope:   team

with scoped as (
    select
        case $group_by::varchar
            when 'provider' then provider when 'service' then service_name when 'type' then commitment_type
            when 'commitment' then commitment_id when 'account' then sub_account_id when 'team' then coalesce(team, '(none)')
            when 'month' then charge_month else 'total'
        end as group_value,
        case when $grain::varchar = 'month' or $group_by::varchar = 'month' then charge_month else 'total' end as period,
        *,
        case when $basis::varchar = 'list' then list_on_demand_cost else on_demand_cost end as on_demand,
    from costs_between($start_date::date, $end_date::date)
    where charge_category = 'Usage'
        and ($group_by::varchar not in ('commitment', 'type') or row_class in ('used', 'unused'))
),
sums as (
    select
        group_value,
        case when $group_by::varchar = 'commitment' then max(commitment_name) end as commitment_name,
        period,
        billing_currency,
        coalesce(sum(effective_cost) filter (row_class = 'used'), 0) as used_cost,
        coalesce(sum(effective_cost) filter (row_class = 'unused'), 0) as waste,
        case when count(*) filter (row_class = 'used') = 0 then 0 else sum(on_demand) filter (row_class = 'used') end as used_on_demand,
        case when count(*) filter (row_class = 'uncovered') = 0 then 0 else sum(on_demand) filter (row_class = 'uncovered') end as uncovered_on_demand,
        sum(effective_cost) as usage_cost,
        sum(list_on_demand_cost) as usage_list,
        sum(commitment_quantity) filter (row_class = 'used') as used_quantity,
        sum(commitment_quantity) filter (row_class in ('used', 'unused')) as committed_quantity,
        count(distinct commitment_unit) filter (row_class in ('used', 'unused')) as units,
        max(commitment_unit) filter (row_class in ('used', 'unused')) as unit,
        sum(priced_effective_cost) / nullif(sum(effective_cost) filter (row_class <> 'unused'), 0) as price_coverage,
    from scoped
    group by all
    having count(*) filter (row_class in ('used', 'unused', 'uncovered')) > 0 or group_value = 'total'
),
figures as (
    select
        *,
        used_cost + waste as commitment_cost,
        used_on_demand + uncovered_on_demand as eligible_on_demand,
        used_cost / nullif(used_cost + waste, 0) as utilisation,
    from sums
),
target as (select met, near from kpi_targets where kpi = 'rate.utilisation' limit 1),
delivered as (
    select m.charge_month, m.is_complete, max(v.landed_at) as landed_at, m.end_day + interval 72 hour as settled_at,
    from months as m
    left join lake_versions as v on v.billing_period = m.charge_month
    group by all
),
states as (
    -- of the months of a row: open if one is, else provisional if one is
    select
        f.period, f.billing_currency,
        case when not bool_and(d.is_complete) then 'open' when bool_or(d.landed_at < d.settled_at) then 'provisional' when bool_and(d.landed_at is not null) then 'closed' end as period_state,
    from (select distinct period, billing_currency from sums) as f
    inner join delivered as d
        on (f.period = d.charge_month or f.period = 'total') and ($start_date::date is null or d.settled_at > $start_date::date + interval 72 hour)
        and ($end_date::date is null or cast(d.charge_month || '-01' as date) < $end_date::date)
    group by all
),
eligibility as (select string_agg(distinct version, ', ' order by version) as version from commitment_eligibility)
select
    f.group_value, coalesce(f.commitment_name, f.group_value) as group_name, f.period, f.billing_currency,
    'accrual' as ledger, $basis::varchar as basis,
    f.used_cost, f.waste, f.commitment_cost, f.utilisation,
    f.waste / nullif(f.commitment_cost, 0) as waste_share,
    f.used_on_demand, f.uncovered_on_demand, f.eligible_on_demand,
    case when $group_by::varchar not in ('commitment', 'type') then f.used_on_demand / nullif(f.eligible_on_demand, 0) end as coverage,
    f.used_on_demand - f.used_cost as gross_savings,
    f.used_on_demand - f.commitment_cost as net_savings,
    1 - f.used_cost / nullif(f.used_on_demand, 0) as discount_on_used,
    f.used_cost / nullif(f.used_on_demand, 0) as break_even_utilisation,
    (f.used_on_demand - f.commitment_cost) / nullif(f.eligible_on_demand, 0) as esr,
    1 - f.usage_cost / nullif(f.usage_list, 0) as esr_list,
    case when f.units <= 1 then f.used_quantity / nullif(f.committed_quantity, 0) end as utilisation_by_quantity,
    case when f.units = 1 then f.unit end as commitment_unit,
    f.price_coverage, e.version as eligibility,
    case
        when f.utilisation is null then 'not_computable' when t.met is null then 'no_target'
        when f.utilisation > t.met then 'met' when f.utilisation > t.near then 'near' else 'missed'
    end as target_status,
    case when f.commitment_cost = 0 then 'not_computable' when f.price_coverage < 0.95 then 'incomplete' else 'ok' end as state,
    case
        when f.commitment_cost = 0 and coalesce(f.eligible_on_demand, 0) = 0 then 'no commitment and no eligible usage in this scope'
        when f.commitment_cost = 0 then 'no commitment in this scope: utilisation is not computable'
        when f.price_coverage < 0.95 then printf('list and contracted cost are known for %.1f %% of the usage cost: savings are incomplete', 100 * f.price_coverage)
    end as reason,
    s.period_state,
from figures as f
left join states as s on s.period = f.period and s.billing_currency is not distinct from f.billing_currency
cross join eligibility as e
left join target as t on true
order by f.billing_currency, f.period, f.commitment_cost desc, f.group_value
