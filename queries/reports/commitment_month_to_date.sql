-- What has a reservation really wasted in a month that is not over?
--
-- The bill states the unused upfront part of the whole billing period, so that in the month in flight hours to come read as waste. Here only
-- what has elapsed counts. Months that are over are left out: their waste stands in commitment_utilization.
--
-- grain:   one row per commitment_id, billing_currency, billing_period
-- params:
--   $as_of timestamp default null  instant through which the bill is complete; what the lake knows of the delivery when not given
-- columns:
--   commitment_id              varchar
--   billing_currency           varchar
--   billing_period             varchar
--   complete_through           timestamp
--   amortised_upfront          decimal(38, 9)  of the whole billing period
--   elapsed_amortisation       decimal(38, 9)  of the hours until complete_through
--   used_to_date               decimal(38, 9)  effective cost of covered usage
--   waste_stated               decimal(38, 9)  unused part as the bill states it
--   waste_to_date              decimal(38, 9)  elapsed_amortisation − used_to_date, at least 0
--   utilisation_to_date        double          used_to_date ÷ elapsed_amortisation, at most 1
--   period_state               varchar         open
-- source:  charges (x_AmortizedUpfrontForPeriod of the unused part); specs/commitments.md section 11

with stated as (
    select found.*,
    from (select null::decimal(38, 15) as x_AmortizedUpfrontForPeriod) as absent
    cross join lateral (
        select
            CommitmentDiscountId as commitment_id, BillingCurrency as billing_currency, billing_period, source,
            CommitmentDiscountStatus as status, EffectiveCost, x_AmortizedUpfrontForPeriod as amortised, BillingPeriodStart, BillingPeriodEnd,
        from charges
        where CommitmentDiscountId is not null and ChargeCategory = 'Usage'
    ) as found
),
delivered as (
    select source, billing_period, max(complete_through) as complete_through from lake_versions group by all
),
sums as (
    select
        s.commitment_id, s.billing_currency, s.billing_period, coalesce($as_of::timestamp, max(d.complete_through)) as complete_through,
        min(s.BillingPeriodStart) as period_start, max(s.BillingPeriodEnd) as period_end,
        sum(s.amortised) as amortised,
        coalesce(sum(s.EffectiveCost) filter (s.status = 'Used'), 0) as used,
        coalesce(sum(s.EffectiveCost) filter (s.status = 'Unused'), 0) as waste,
    from stated as s
    left join delivered as d on d.source = s.source and d.billing_period = s.billing_period
    group by s.commitment_id, s.billing_currency, s.billing_period
    having sum(s.amortised) > 0
),
elapsed as (
    select
        *,
        amortised * greatest(0, epoch(complete_through - period_start)) / epoch(period_end - period_start) as elapsed_amortisation,
    from sums
    where complete_through < period_end
)
select
    commitment_id, billing_currency, billing_period, cast(complete_through as timestamp) as complete_through,
    cast(amortised as decimal(38, 9)) as amortised_upfront,
    cast(elapsed_amortisation as decimal(38, 9)) as elapsed_amortisation,
    cast(used as decimal(38, 9)) as used_to_date,
    cast(waste as decimal(38, 9)) as waste_stated,
    cast(greatest(0, elapsed_amortisation - used) as decimal(38, 9)) as waste_to_date,
    least(1, used / nullif(elapsed_amortisation, 0)) as utilisation_to_date,
    'open' as period_state,
from elapsed
order by billing_period, billing_currency, commitment_id
