-- When does each commitment end, what is still owed, what will its end cost, and by when must the renewal be decided?
--
-- Rates are those of the last 30 days before $as_of. An end that the bill does not state is null, and so is what follows from it.
--
-- grain:   one row per commitment_id, billing_currency that was charged in the last 30 days or is still to end
-- params:
--   $as_of     date    default null  day from which on it counts; the day after the last usage when not given
--   $lead_days integer default 30    days that a renewal takes to decide
-- columns:
--   commitment_id          varchar
--   commitment_name        varchar
--   provider               varchar
--   commitment_type        varchar
--   billing_currency       varchar
--   payment                varchar          as the bill states it
--   starts_at              timestamp
--   ends_at                timestamp        exclusive
--   end_source             varchar          stated, purchase and term, or unknown
--   remaining_days         double
--   ends_within            varchar          30, 60, 90, 180 or 365 days, later, ended or unknown
--   renewal_decision_date  date             ends_at less $lead_days
--   commitment_per_hour    decimal(38, 9)   used and unused, accrual ledger
--   remaining_obligation   decimal(38, 2)   commitment_per_hour × remaining hours, prepaid part included
--   utilisation            double
--   expiry_step_per_hour   decimal(38, 9)   rise in cost when it ends: on-demand equivalent used less used and unused cost
--   expiry_step_per_month  decimal(38, 2)   of 730 hours
-- source:  mart daily, commitment_terms(); specs/commitments.md section 13

with clock as (
    select coalesce($as_of::date, max(charge_date) + 1) as as_of from daily where charge_category = 'Usage'
),
parts as (
    -- a charge of several days counts for its days inside the window
    select
        d.commitment_id, d.billing_currency, d.row_class,
        greatest(0, least(d.charge_date + d.spans_days, c.as_of) - greatest(d.charge_date, c.as_of - 30)) / d.spans_days as share,
        d.effective_cost, d.on_demand_cost, d.charge_date,
    from daily as d
    cross join clock as c
    where d.row_class in ('used', 'unused') and d.charge_date < c.as_of and d.charge_date + d.spans_days > c.as_of - 30
),
rates as (
    select
        p.commitment_id, p.billing_currency,
        24 * least(30, greatest(1, date_diff('day', greatest(any_value(t.starts_at)::date, any_value(c.as_of) - 30), any_value(c.as_of)))) as hours,
        sum(p.effective_cost * p.share::decimal(9, 8)) as cost,
        coalesce(sum(p.effective_cost * p.share::decimal(9, 8)) filter (p.row_class = 'used'), 0) as used_cost,
        coalesce(sum(p.on_demand_cost * p.share::decimal(9, 8)) filter (p.row_class = 'used'), 0) as used_on_demand,
    from parts as p
    cross join clock as c
    left join commitment_terms() as t on t.commitment_id = p.commitment_id and t.billing_currency = p.billing_currency
    group by all
),
timed as (
    select
        t.*, c.as_of, r.cost / r.hours as per_hour, r.used_cost / nullif(r.cost, 0) as utilisation, (r.used_on_demand - r.cost) / r.hours as step,
        greatest(0, date_diff('second', greatest(c.as_of::timestamp, coalesce(t.starts_at, c.as_of::timestamp)), t.ends_at)) / 3600 as hours_left,
    from commitment_terms() as t
    cross join clock as c
    left join rates as r on r.commitment_id = t.commitment_id and r.billing_currency = t.billing_currency
    where r.cost is not null or t.ends_at > c.as_of
)
select
    commitment_id, commitment_name, provider, commitment_type, billing_currency, payment, starts_at, ends_at, end_source,
    hours_left / 24 as remaining_days,
    case
        when ends_at is null then 'unknown' when ends_at <= as_of then 'ended' when ends_at <= as_of + 30 then '30 days' when ends_at <= as_of + 60 then '60 days'
        when ends_at <= as_of + 90 then '90 days' when ends_at <= as_of + 180 then '180 days' when ends_at <= as_of + 365 then '365 days' else 'later'
    end as ends_within,
    cast(ends_at as date) - $lead_days::integer as renewal_decision_date,
    cast(per_hour as decimal(38, 9)) as commitment_per_hour,
    cast(per_hour * hours_left as decimal(38, 2)) as remaining_obligation,
    utilisation,
    cast(step as decimal(38, 9)) as expiry_step_per_hour,
    cast(step * 730 as decimal(38, 2)) as expiry_step_per_month,
from timed
order by ends_at nulls last, commitment_id, billing_currency
