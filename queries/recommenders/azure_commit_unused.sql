-- Which reservations and savings plans are paid for and not used?
--
-- Advisory: the commitment is paid whether used or not, so the amount is not added to totals.
--
-- rule:
--   id         az.commit.unused
--   class      A
--   effort     S
--   risk       m
--   step       rate
--   evidence   unused
--   counted    false
--   action     Move matching usage to it, widen its scope, or exchange it.
-- params:
--   $start_date    date                 first day of the look-back, inclusive (UTC)
--   $end_date      date                 last day, exclusive (UTC)
--   $minimum_share double default 0.01  unused share below which nothing is said
-- source:  FOCUS CommitmentDiscountStatus Unused; specs/commitments.md section 2 (waste)

with waste as (
    select
        'azure' as provider, billing_account_id, null::varchar as sub_account_id, null::varchar as region_id, any_value(service_name) over named as service_name,
        commitment_id as resource_id, billing_currency as currency, charge_date, charge_date::timestamp as first_at, effective_cost,
        any_value(commitment_name) over named as commitment_name, commitment_status,
    from rollup_daily
    where cloud_of(provider) = 'azure' and charge_category = 'Usage' and commitment_status in ('Used', 'Unused')
        and charge_date >= $start_date::date and charge_date < $end_date::date
    window named as (partition by billing_account_id, commitment_id)
),
totals as (
    select resource_id, sum(effective_cost) as total from waste group by all
)
select
    provider, billing_account_id, sub_account_id, region_id, service_name, resource_id, currency,
    sum(effective_cost)::decimal(38, 15) as observed_cost,
    per_month(sum(effective_cost), min(first_at), $end_date::date) as monthly_cost,
    per_month(sum(effective_cost), min(first_at), $end_date::date) as monthly_saving,
    null::decimal(38, 10) as one_off_cost,
    null::double as covered_fraction,
    1::double as data_factor,
    'rows' as price_source,
    null::varchar[] as meters,
    min(charge_date) as first_day,
    printf('%.1f %% of the commitment %s is not used', 100 * (sum(effective_cost) / any_value(total))::double, coalesce(any_value(commitment_name), '')) as explanation,
from waste inner join totals using (resource_id)
where commitment_status = 'Unused'
group by all
having sum(effective_cost) > $minimum_share::double * any_value(total)
order by provider, sub_account_id, resource_id, currency
