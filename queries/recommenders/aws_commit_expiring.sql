-- Which reservations and savings plans end soon?
--
-- Advisory: the amount is the step in cost when the discount ends.
--
-- rule:
--   id         aws.commit.expiring
--   class      A
--   effort     S
--   risk       m
--   step       rate
--   reach      estate
--   counted    false
--   action     Decide on the renewal before the date.
-- params:
--   $start_date   date                first day of the look-back, inclusive (UTC)
--   $end_date     date                last day, exclusive (UTC)
--   $horizon_days integer default 90  days ahead
-- source:  start and end of the commitment in the CUR; specs/commitments.md section 1

with ending as (
    select CommitmentDiscountId as commitment_id, max(try_cast(x_CommitmentEnd as timestamp)) as ends_at,
    from recommender_charges
    where cloud_of(x_ProviderName) = 'aws' and CommitmentDiscountId is not null and ChargePeriodStart < $end_date::date
    group by all
    having ends_at > $end_date::date and ends_at <= $end_date::date + $horizon_days::integer
),
found as (
    select
        'aws' as provider, d.billing_account_id, null::varchar as sub_account_id, null::varchar as region_id, any_value(d.service_name) as service_name,
        d.commitment_id as resource_id, d.billing_currency as currency,
        sum(d.effective_cost) as cost,
        sum(d.on_demand_cost) as on_demand,
        any_value(e.ends_at) as ends_at,
        min(d.charge_date)::timestamp as first_at,
        min(d.charge_date) as first_day,
        null::varchar[] as meters,
    from rollup_daily as d
    inner join ending as e on e.commitment_id = d.commitment_id
    where d.commitment_status = 'Used' and d.charge_date >= $start_date::date and d.charge_date < $end_date::date
    group by all
    having on_demand > cost
)
select
    provider, billing_account_id, sub_account_id, region_id, service_name, resource_id, currency,
    cost::decimal(38, 15) as observed_cost,
    per_month(cost, first_at, $end_date::date) as monthly_cost,
    per_month(on_demand - cost, first_at, $end_date::date) as monthly_saving,
    'rows' as price_source,
    meters, first_day,
    printf('ends on %s; without it the same usage costs this much more a month', strftime(ends_at, '%Y-%m-%d')) as explanation,
from found
order by provider, sub_account_id, resource_id, currency
