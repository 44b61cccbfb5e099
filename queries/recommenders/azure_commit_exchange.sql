-- How much unused reservation could still be returned this year?
--
-- Advisory: a month of the unused part, at most what the limit leaves.
--
-- rule:
--   id         az.commit.exchange
--   class      A
--   effort     S
--   risk       m
--   step       rate
--   reach      estate
--   counted    false
--   action     Exchange the reservation for one that fits, or return it within the yearly limit.
-- params:
--   $start_date  date                   first day of the look-back, inclusive (UTC)
--   $end_date    date                   last day, exclusive (UTC)
--   $pool        integer default 50000  yearly limit
--   $utilisation double default 0.8     reservations used less than this
-- source:  Microsoft: returns up to 50,000 USD in 12 months for a billing profile (documented)

with returned as (
    select billing_account_id, billing_currency as currency, -coalesce(sum(billed_cost), 0) as amount,
    from rollup_daily
    where cloud_of(provider) = 'azure' and charge_category = 'Purchase' and billed_cost < 0 and commitment_id is not null
        and charge_date >= $end_date::date - 365 and charge_date < $end_date::date
    group by all
),
held as (
    select
        'azure' as provider, d.billing_account_id, null::varchar as sub_account_id, null::varchar as region_id, d.service_name,
        d.commitment_id as resource_id, d.billing_currency as currency, d.charge_date, d.charge_date::timestamp as first_at, d.effective_cost,
        d.commitment_status, greatest(0, $pool::integer - coalesce(r.amount, 0)) as room,
    from rollup_daily as d
    left join returned as r on r.billing_account_id = d.billing_account_id and r.currency = d.billing_currency
    where cloud_of(d.provider) = 'azure' and d.commitment_type = 'Reservation' and d.commitment_status in ('Used', 'Unused')
        and d.charge_date >= $start_date::date and d.charge_date < $end_date::date
)
select
    provider, billing_account_id, sub_account_id, region_id, any_value(service_name) as service_name, resource_id, currency,
    sum(effective_cost)::decimal(38, 15) as observed_cost,
    per_month(sum(effective_cost), min(first_at), $end_date::date) as monthly_cost,
    least(any_value(room), per_month(sum(effective_cost) filter (commitment_status = 'Unused'), min(first_at), $end_date::date))::decimal(38, 10) as monthly_saving,
    if(currency = 'USD', 1, 0.5)::double as data_factor,
    'rows' as price_source,
    null::varchar[] as meters,
    min(charge_date) as first_day,
    printf('room for returns in the last 12 months: %s %s (limit in USD, taken one to one)', any_value(room)::decimal(18, 2)::varchar, currency) as explanation,
from held
group by provider, billing_account_id, sub_account_id, region_id, resource_id, currency
having sum(effective_cost) filter (commitment_status = 'Unused') > (1 - $utilisation::double) * sum(effective_cost) and any_value(room) > 0
order by provider, sub_account_id, resource_id, currency
