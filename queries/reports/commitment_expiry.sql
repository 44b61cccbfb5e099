-- When does each commitment end, what is still owed, what will its end cost, and by when must the renewal be decided?
--
-- Rates are those of the 30 days before $as_of. An end that the bill does not state is null, and so is what follows from it.
--
-- grain:   one row per commitment_id, billing_currency that was charged in the last 30 days or is still to end
-- params:
--   $as_of     date    default null  day from which on it counts; else the day after the provider's last usage
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
-- source:  commitment_terms(), commitment_rates(); specs/commitments.md section 13

with timed as (
    select
        t.*, r.per_hour, r.used_cost / nullif(r.cost, 0) as utilisation, r.step_per_hour,
        coalesce(r.as_of, $as_of::date, (select max(charge_date) + 1 from daily where charge_category = 'Usage')) as as_of,
    from commitment_terms() as t
    left join commitment_rates($as_of::date) as r on r.commitment_id = t.commitment_id and r.billing_currency = t.billing_currency
),
owed as (
    select
        *,
        if(ends_at is null, null, greatest(0, date_diff('second', greatest(as_of::timestamp, starts_at), ends_at)) / 3600) as hours_left,
    from timed
    where per_hour is not null or ends_at > as_of
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
    cast(step_per_hour as decimal(38, 9)) as expiry_step_per_hour,
    cast(step_per_hour * 730 as decimal(38, 2)) as expiry_step_per_month,
from owed
order by ends_at nulls last, commitment_id, billing_currency
