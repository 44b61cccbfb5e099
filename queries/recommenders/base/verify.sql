-- What did a change really save, at constant usage?
--
-- Baseline model at what was used after the change, minus what was paid: 30 + 0.025 × 1,600 − 66 = 4 a day (vector O12).
--
-- grain:   one row
-- params:
--   $model    varchar         driver: fixed + variable × driver, fitted on the baseline; unit_price: the old price of a unit × units
--             used after; level: the daily cost before, for what was stopped or deleted
--   $promised decimal(38, 9)  expected saving a month
--   $min_days integer         least days after the change
-- source:  table measured_days (charge_date, is_after, cost, quantity, driver) and measured_new (cost_per_day of what appeared
--          beside it after the change); specs/optimisation.md section 6

with sums as (
    select
        count(*) filter (not is_after) as days_before,
        count(*) filter (is_after) as days_after,
        avg(cost::double) filter (not is_after) as before_per_day,
        avg(cost::double) filter (is_after) as after_per_day,
        sum(cost::double) filter (not is_after) / nullif(sum(quantity::double) filter (not is_after), 0) as unit_price,
        regr_slope(cost::double, driver::double) filter (not is_after) as variable,
        regr_intercept(cost::double, driver::double) filter (not is_after) as fixed,
    from measured_days
),
modelled as (
    select
        d.charge_date, d.is_after, d.cost::double as cost,
        case $model::varchar
            when 'driver' then s.fixed + s.variable * d.driver::double
            when 'unit_price' then s.unit_price * d.quantity::double
            else s.before_per_day
        end as model_cost,
    from measured_days as d
    cross join sums as s
),
compared as (
    select
        avg(model_cost - cost) filter (is_after) as saved_per_day,
        -- spread of the days around the model, before and after
        coalesce(var_pop(model_cost - cost) filter (not is_after), 0) * count(*) filter (not is_after)
            + coalesce(var_pop(model_cost - cost) filter (is_after), 0) * count(*) filter (is_after) as squares,
    from modelled
),
measured as (
    select
        s.*, c.saved_per_day, s.before_per_day - s.after_per_day as raw_per_day,
        s.days_before + s.days_after - 2 as freedom,
        -- Student's t, 97.5 %, within 2 % from ten degrees of freedom on
        (1.96 + 2.4 / nullif(freedom, 0)) * sqrt(c.squares / nullif(freedom, 0)) * sqrt(1.0 / nullif(days_before, 0) + 1.0 / nullif(days_after, 0)) as margin_per_day,
        coalesce((select sum(cost_per_day)::double from measured_new), 0) as moved_per_day,
    from sums as s
    cross join compared as c
)
select
    case
        when days_before < 7 or days_after < $min_days::integer then 'too_early'
        when saved_per_day is null then 'not_measurable'
        when moved_per_day >= 0.5 * saved_per_day and saved_per_day > 0 then 'moved'
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
    $model::varchar as model,
from measured
