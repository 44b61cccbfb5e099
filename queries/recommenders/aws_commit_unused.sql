-- Which reservations and savings plans are paid for and not used?
--
-- Advisory: the commitment is paid whether used or not, so the amount is not added to totals.
--
-- rule:
--   id         aws.commit.unused
--   class      A
--   effort     S
--   risk       m
--   step       rate
--   reach      estate
--   evidence   unused
--   counted    false
--   action     Move matching usage to it, exchange it where the offer allows, sell it.
-- params:
--   $start_date date  first day of the look-back, inclusive (UTC)
--   $end_date   date  last day, exclusive (UTC)
-- source:  FOCUS CommitmentDiscountStatus Unused; specs/commitments.md section 2 (waste)

with parts as (
    -- a reservation states its unused hours once a month: the days inside the look-back count
    select
        *, charge_date + greatest(coalesce(spans_days, 1), 1) as ends_on,
        effective_cost * (least(ends_on, $end_date::date) - greatest(charge_date, $start_date::date)) / (ends_on - charge_date) as part,
    from rollup_daily
    where cloud_of(provider) = 'aws' and charge_category = 'Usage' and commitment_status in ('Used', 'Unused')
        and charge_date < $end_date::date and charge_date + greatest(coalesce(spans_days, 1), 1) > $start_date::date
),
found as (
    select
        'aws' as provider, billing_account_id, null::varchar as sub_account_id, null::varchar as region_id, any_value(service_name) as service_name,
        commitment_id as resource_id, billing_currency as currency,
        coalesce(sum(part) filter (commitment_status = 'Unused'), 0) as cost,
        sum(part) as total,
        $start_date::date::timestamp as first_at,
        $start_date::date as first_day,
        null::varchar[] as meters,
    from parts
    group by all
    having cost > 0
)
select
    provider, billing_account_id, sub_account_id, region_id, service_name, resource_id, currency,
    cost::decimal(38, 15) as observed_cost,
    per_month(cost, first_at, $end_date::date) as monthly_cost,
    per_month(cost, first_at, $end_date::date) as monthly_saving,
    'rows' as price_source,
    meters, first_day,
    printf('%.1f %% of the commitment is not used', 100 * (cost / total)::double) as explanation,
from found
order by provider, sub_account_id, resource_id, currency
