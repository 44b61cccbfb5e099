-- What did a change really save, at constant usage?
--
-- Baseline model at what was used after the change, minus what was paid: 30 + 0.025 × 1,600 − 66 = 4 a day (vector O12).
--
-- grain:   one row
-- params:
--   $model    varchar         driver: fixed + variable × driver, fitted on the baseline; unit_price: the old price of a unit × units
--             used after; level: the cost of the same weekday before, for what was stopped or deleted
--   $promised decimal(38, 9)  expected saving a month
--   $min_days integer         least days after the change
-- source:  tables measured_days (charge_date, is_after, cost, quantity, driver), measured_new (cost_per_day of what appeared beside it
--          after the change), measured_freed (freed_per_day); specs/optimisation.md section 6

with days as (
    -- where a price of a unit is compared, a day without a unit says nothing: the workload may have ended
    select *, isodow(charge_date) as weekday, row_number() over (partition by is_after order by charge_date desc) <= 7 as is_newest,
    from measured_days
    where $model::varchar <> 'unit_price' or cost > 0 or quantity > 0
),
sums as (
    select
        count(*) filter (not is_after) as days_before,
        count(*) filter (is_after) as days_after,
        $model::varchar = 'level' and days_before >= 14 as is_weekly,
        avg(cost::double) filter (not is_after) as before_per_day,
        avg(cost::double) filter (is_after) as after_per_day,
        sum(cost::double) filter (not is_after) / nullif(sum(quantity::double) filter (not is_after), 0) as unit_price,
        regr_slope(cost::double, driver::double) filter (not is_after) as variable,
        regr_intercept(cost::double, driver::double) filter (not is_after) as fixed,
    from days
),
weekdays as (
    select weekday, avg(cost::double) as usual from days where not is_after group by all
),
modelled as (
    select
        d.charge_date, d.is_after, d.is_newest,
        case
            when $model::varchar = 'driver' then s.fixed + s.variable * d.driver::double
            when $model::varchar = 'unit_price' then s.unit_price * d.quantity::double
            when s.is_weekly then coalesce(w.usual, s.before_per_day)
            else s.before_per_day
        end - d.cost::double as saved,
    from days as d
    cross join sums as s
    left join weekdays as w on w.weekday = d.weekday
),
compared as (
    select
        avg(saved) filter (is_after) - coalesce((select any_value(freed_per_day) from measured_freed), 0) as saved_per_day,
        avg(saved) filter (is_after and not is_newest) as first_per_day,
        avg(saved) filter (is_after and is_newest) as newest_per_day,
        coalesce(var_pop(saved) filter (not is_after), 0) * count(*) filter (not is_after) as squares_before,
        coalesce(var_pop(saved) filter (is_after), 0) * count(*) filter (is_after) as squares_after,
    from modelled
),
measured as (
    select
        s.*, c.*, s.before_per_day - s.after_per_day as raw_per_day,
        s.days_before + s.days_after - 2 - if(s.is_weekly, 6, 0) as freedom,
        -- Student's t, 97.5 %, within 2 % from ten degrees of freedom on
        (1.96 + 2.4 / nullif(freedom, 0)) * sqrt((c.squares_before + c.squares_after) / nullif(freedom, 0))
            * sqrt(1.0 / nullif(s.days_before, 0) + 1.0 / nullif(s.days_after, 0)) as margin_per_day,
        -- of the newest week against the time before it, from the spread of the baseline: its own holds the step that is asked for
        2.06 * sqrt(c.squares_before / nullif(s.days_before - if(s.is_weekly, 7, 1), 0)) * sqrt(1.0 / 7 + 1.0 / nullif(s.days_after - 7, 0)) as step_margin,
        coalesce((select sum(cost_per_day)::double from measured_new), 0) as moved_per_day,
        s.days_after >= 21 and c.first_per_day > 0 and c.newest_per_day <= 0.5 * c.first_per_day
            and c.first_per_day - c.newest_per_day > coalesce(step_margin, 0) as is_back,
    from sums as s
    cross join compared as c
)
select
    case
        when days_before < 7 or (select count(*) from measured_days where is_after) < $min_days::integer then 'too_early'
        when saved_per_day is null or days_after < 7 then 'not_measurable'
        when moved_per_day >= 0.5 * saved_per_day and saved_per_day > 0 then 'moved'
        when is_back then 'regressed'
        when abs(saved_per_day) <= margin_per_day then 'not_measurable'
        when saved_per_day <= 0 then 'regressed'
        else 'verified'
    end as outcome,
    days_before, days_after,
    (saved_per_day * 365 / 12)::decimal(38, 6) as realised_month,
    (greatest(margin_per_day, 0) * 365 / 12)::decimal(38, 6) as margin_month,
    (raw_per_day * 365 / 12)::decimal(38, 6) as raw_month,
    $promised::decimal(38, 9) as promised_month,
    saved_per_day * 365 / 12 / nullif($promised::double, 0) as realisation,
    saved_per_day, moved_per_day,
    if(is_back, (select max(charge_date) + 1 from modelled where is_after and saved > 0.5 * first_per_day), null) as regressed_on,
    $model::varchar as model,
from measured
