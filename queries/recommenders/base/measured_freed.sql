-- How much of the commitments that covered a resource went to waste since it was changed?
--
-- grain:   one row; a day's unused cost after the change less that of the baseline, at most what covered the resource
-- params:
--   $resource_id    varchar
--   $sub_account_id varchar
--   $currency       varchar
--   $changed_on     date     (UTC)
--   $start_date     date     first day of the baseline
--   $end_date       date     exclusive (UTC)
-- source:  charges, rollup_daily; specs/optimisation.md section 5: covered usage that ends frees a commitment, and saves cash only
--          where other usage takes it up; an unused cost stated for a whole month counts by its days

with covering as (
    select CommitmentDiscountId as commitment_id, sum(EffectiveCost)::double / greatest(date_diff('day', $start_date::date, $changed_on::date), 1) as cost_per_day,
    from recommender_charges
    where ResourceId = $resource_id::varchar and SubAccountId is not distinct from $sub_account_id::varchar and BillingCurrency = $currency::varchar
        and CommitmentDiscountStatus = 'Used' and ChargePeriodStart >= $start_date::date and ChargePeriodStart < $changed_on::date
    group by all
),
unused as (
    select charge_date, charge_date + greatest(coalesce(spans_days, 1), 1) as ends_on, effective_cost::double as cost,
    from rollup_daily
    where commitment_status = 'Unused' and billing_currency = $currency::varchar and commitment_id in (select commitment_id from covering)
        and charge_date < $end_date::date and charge_date + greatest(coalesce(spans_days, 1), 1) > $start_date::date
),
spread as (
    select
        sum(cost * greatest(least(ends_on, $changed_on::date) - greatest(charge_date, $start_date::date), 0) / (ends_on - charge_date)) as before,
        sum(cost * greatest(least(ends_on, $end_date::date) - greatest(charge_date, $changed_on::date), 0) / (ends_on - charge_date)) as after,
    from unused
)
select
    greatest(0, least(
        coalesce(after, 0) / greatest(date_diff('day', $changed_on::date, $end_date::date), 1)
            - coalesce(before, 0) / greatest(date_diff('day', $start_date::date, $changed_on::date), 1),
        coalesce((select sum(cost_per_day) from covering), 0)
    ))::double as freed_per_day,
from spread
