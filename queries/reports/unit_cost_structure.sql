-- How much of the cost is fixed and how much moves with the volume? Least squares over periods: cost = fixed + variable × volume.
--
-- Nominal prices: a price cut in the range looks like economies of scale.
--
-- grain:   one row per billing_currency
-- params:
--   $metric     varchar                 name of the business metric, e.g. requests
--   $grain      varchar default daily   one of: daily, monthly
--   $start_date date default null       first charge day, inclusive (UTC)
--   $end_date   date default null       last charge day, exclusive (UTC)
-- columns:
--   metric             varchar
--   billing_currency   varchar
--   ledger             varchar  accrual: EffectiveCost
--   points             bigint   periods with cost and volume
--   average_unit_cost  double   Σ cost ÷ Σ volume
--   variable_per_unit  double   slope
--   variable_error     double   standard error of the slope
--   fixed_cost         double   intercept, per period
--   fixed_share        double   fixed_cost ÷ mean cost
--   r2                 double
--   durbin_watson      double
--   state              varchar  ok or not_computable (not identifiable)
--   reason             varchar
-- source:  mart dimension_days, table business_metrics; specs/allocation.md section 9

with costs as (
    select
        case $grain::varchar when 'daily' then strftime(charge_date, '%Y-%m-%d') else strftime(charge_date, '%Y-%m') end as period,
        billing_currency, sum(effective_cost) as cost,
    from dimension_days
    where dimension = 'total' and ($start_date::date is null or charge_date >= $start_date::date)
        and ($end_date::date is null or charge_date < $end_date::date)
    group by all
),
volumes as (
    select
        case $grain::varchar when 'daily' then strftime(metric_date, '%Y-%m-%d') else strftime(metric_date, '%Y-%m') end as period,
        case when any_value(aggregation) = 'average' then sum(volume) / count(*) else cast(sum(volume) as double) end as volume,
    from metric_days
    where metric = $metric::varchar and dimension = 'total'
    group by all
),
points as (
    select c.billing_currency, c.period, cast(c.cost as double) as y, v.volume as x
    from costs as c
    inner join volumes as v on v.period = c.period
    left join months as m on m.charge_month = c.period[:7]
    where $grain::varchar = 'daily' or m.is_complete
),
fitted as (
    select *, regr_slope(y, x) over p as slope, regr_intercept(y, x) over p as intercept
    from points
    window p as (partition by billing_currency order by period rows between unbounded preceding and unbounded following)
),
residuals as (
    select *, y - intercept - slope * x as e, lag(y - intercept - slope * x) over (partition by billing_currency order by period) as e0
    from fitted
),
figures as (
    select
        billing_currency,
        count(*) as points,
        sum(y order by period) / nullif(sum(x order by period), 0) as average,
        any_value(slope) as slope,
        any_value(intercept) as intercept,
        any_value(intercept) / nullif(avg(y order by period), 0) as fixed_share,
        regr_r2(y, x order by period) as r2,
        sqrt(sum(e * e order by period) / nullif(count(*) - 2, 0) / nullif(regr_sxx(y, x order by period), 0)) as slope_error,
        sum((e - e0) ** 2 order by period) / nullif(sum(e * e order by period), 0) as durbin_watson,
        case
            when count(*) < 12 then 'fewer than 12 periods with cost and volume: ' || count(*)
            when stddev_pop(x) < 0.2 * abs(avg(x)) then 'the volume varies by less than 20 % of its mean'
            when any_value(slope) < 0 or any_value(intercept) < 0 then 'a negative fixed or variable part'
            when sum((e - e0) ** 2 order by period) / nullif(sum(e * e order by period), 0) < 1.2 then 'the residuals follow each other (Durbin-Watson below 1.2)'
        end as reason,
    from residuals
    group by billing_currency
)
select
    $metric::varchar as metric, billing_currency, 'accrual' as ledger, points, average as average_unit_cost,
    slope as variable_per_unit, slope_error as variable_error, intercept as fixed_cost, fixed_share, r2, durbin_watson,
    case when reason is null then 'ok' else 'not_computable' end as state, reason,
from figures
order by billing_currency
