-- What does one unit of business cost: a request, tenant, deployment, environment or any imported metric?
--
-- Cost and volume cover the same period and scope. A missing or zero volume gives null, with the reason.
--
-- grain:   one row per period, value, billing_currency
-- params:
--   $metric     varchar                 name of the business metric, e.g. requests
--   $grain      varchar default monthly one of: monthly, daily
--   $dimension  varchar default null    one of: team, product, environment, account, service, provider; a row per value of it
--   $value      varchar default null    only this value of the dimension
--   $baseline   varchar default null    period that change_vs_baseline compares with; the first with a unit cost by default
--   $start_date date default null       first charge day, inclusive (UTC)
--   $end_date   date default null       last charge day, exclusive (UTC)
-- columns:
--   period             varchar          YYYY-MM or YYYY-MM-DD
--   metric             varchar
--   unit               varchar
--   value              varchar          value of the dimension, or total
--   billing_currency   varchar
--   ledger             varchar          accrual: EffectiveCost
--   effective_cost     decimal(38, 15)
--   volume             decimal(38, 15)
--   unit_cost          double           effective_cost ÷ volume
--   marginal_unit_cost double           change of cost ÷ change of volume against the period before
--   previous_unit_cost double
--   change_vs_previous double           fraction
--   baseline_unit_cost double
--   change_vs_baseline double           fraction, nominal prices
--   volume_change      double           fraction against the period before
--   target_status      varchar          of change_vs_baseline (unit.trend): met, near, missed, no_target or not_computable
--   mix_warning        boolean          the total moves against every one of its dimension's values (needs $dimension)
--   state              varchar          ok, incomplete or not_computable
--   reason             varchar
-- source:  mart dimension_days, table business_metrics; specs/kpis.md section 9, specs/allocation.md section 9
-- scope:   team

with costs as (
    select
        case $grain::varchar when 'daily' then strftime(charge_date, '%Y-%m-%d') else strftime(charge_date, '%Y-%m') end as period,
        value, any_value(value_key) as value_key, billing_currency, sum(effective_cost) as cost, count(*) as cost_days,
    from dimension_days
    where dimension = coalesce($dimension::varchar, 'total')
        and ($start_date::date is null or charge_date >= $start_date::date)
        and ($end_date::date is null or charge_date < $end_date::date)
    group by all
),
volumes as (
    select
        case $grain::varchar when 'daily' then strftime(metric_date, '%Y-%m-%d') else strftime(metric_date, '%Y-%m') end as period,
        min(value) as value, value_key, any_value(unit) as unit, any_value(minimum_quantity) as minimum_quantity,
        case when any_value(aggregation) = 'average'
            then cast(cast(sum(volume) / count(*) as varchar) as decimal(38, 15)) else sum(volume) end as volume,
        count(*) as volume_days,
    from metric_days
    where metric = $metric::varchar and dimension = coalesce($dimension::varchar, 'total')
        and ($start_date::date is null or metric_date >= $start_date::date)
        and ($end_date::date is null or metric_date < $end_date::date)
    group by all
),
currencies as (select distinct billing_currency from costs),
measured as (
    select
        coalesce(c.period, v.period) as period,
        coalesce(c.value, v.value) as value,
        coalesce(c.billing_currency, v.billing_currency) as billing_currency,
        v.unit, v.minimum_quantity, c.cost, c.cost_days, v.volume, v.volume_days,
        case when v.minimum_quantity > v.volume then null else c.cost / nullif(v.volume, 0) end as unit_cost,
    from costs as c
    full join (select v.*, k.billing_currency from volumes as v cross join currencies as k) as v
        on v.period = c.period and v.value_key = c.value_key and v.billing_currency = c.billing_currency
),
trended as (
    select
        *,
        max(volume_days) over (partition by value) > 1 as is_daily_metric,
        lag(unit_cost) over w as previous_unit_cost,
        cost - lag(cost) over w as cost_change,
        volume - lag(volume) over w as volume_step,
        case when $baseline::varchar is null then first_value(unit_cost ignore nulls) over (w rows between unbounded preceding and unbounded following)
            else max(unit_cost) filter (period = $baseline::varchar) over (partition by value, billing_currency) end as baseline_unit_cost,
        sum(cost) filter (unit_cost is not null) over p / nullif(sum(volume) filter (unit_cost is not null) over p, 0) as overall,
    from measured
    where value is not null
    window w as (partition by value, billing_currency order by period), p as (partition by period, billing_currency)
),
compared as (
    select
        *,
        overall - lag(overall) over (partition by value, billing_currency order by period) as overall_step,
        unit_cost / nullif(previous_unit_cost, 0) - 1 as change_vs_previous,
        unit_cost / nullif(baseline_unit_cost, 0) - 1 as change_vs_baseline,
    from trended
),
explained as (
    select
        c.*,
        count(change_vs_previous) over p > 1 and ((max(change_vs_previous) over p < 0 and overall_step > 0)
            or (min(change_vs_previous) over p > 0 and overall_step < 0)) as mix_warning,
        case
            when volume is null then 'no volume of ' || $metric::varchar || ' in ' || period
            when cost is null then 'no cost in ' || period
            when volume = 0 then 'the volume is 0'
            when minimum_quantity > volume then 'the volume is below the minimum of ' || minimum_quantity
            when is_daily_metric and volume_days < cost_days then 'volume on ' || volume_days || ' of ' || cost_days || ' days'
            when not m.is_complete and $grain::varchar = 'monthly' then 'the month is in flight'
        end as reason,
    from compared as c
    left join months as m on m.charge_month = c.period[:7]
    window p as (partition by c.period, c.billing_currency)
)
select
    period, $metric::varchar as metric, unit, value, billing_currency, 'accrual' as ledger, cost as effective_cost, volume, unit_cost,
    cost_change / nullif(volume_step, 0) as marginal_unit_cost, previous_unit_cost, change_vs_previous,
    baseline_unit_cost, change_vs_baseline, volume_step / nullif(volume - volume_step, 0) as volume_change,
    case when change_vs_baseline is null then 'not_computable' when t.met is null then 'no_target'
        when change_vs_baseline <= t.met then 'met' when change_vs_baseline <= t.near then 'near' else 'missed' end as target_status,
    coalesce(mix_warning, false) as mix_warning,
    case when unit_cost is null then 'not_computable' when reason is not null then 'incomplete' else 'ok' end as state,
    reason,
from explained
left join (select met, near from kpi_targets where kpi = 'unit.trend' limit 1) as t on true
where $value::varchar is null or fold_value(value) = fold_value($value::varchar)
order by billing_currency, value, period
