-- Which committed-use discounts end soon?
--
-- Advisory: the amount is the step in cost when the discount ends. The term starts with the purchase; where the bill begins
-- after the purchase the end is unknown and nothing is said.
--
-- rule:
--   id         gcp.cud.expiring
--   class      A
--   effort     S
--   risk       m
--   step       rate
--   counted    false
--   action     Decide on renewal with the purchase lab before the date.
-- params:
--   $start_date   date                first day of the look-back, inclusive (UTC)
--   $end_date     date                last day, exclusive (UTC)
--   $horizon_days integer default 90  days ahead
-- source:  first fee and the term in the SKU name (for 1 Year); specs/commitments.md section 1

with bought as (
    select
        CommitmentDiscountId as commitment, any_value(CommitmentDiscountName) as commitment_name, cast(min(ChargePeriodStart) as date) as bought_on,
        max(12 * try_cast(nullif(regexp_extract(coalesce(SkuMeter, CommitmentDiscountName), '(?i)([0-9]) ?years?', 1), '') as integer)) as months,
    from recommender_charges
    where cloud_of(x_ProviderName) = 'gcp' and ChargeCategory = 'Purchase' and CommitmentDiscountId is not null
        and ChargeClass is distinct from 'Correction' and ChargePeriodStart < $end_date::date
    group by all
    having cast(min(ChargePeriodStart) as date) > (select min(charge_date) + 31 from rollup_daily where cloud_of(provider) = 'gcp')
        or bool_or(ChargeFrequency = 'One-Time')
),
ending as (
    select *, bought_on + to_months(months::integer) as ends_at
    from bought
    where months > 0 and bought_on + to_months(months::integer) > $end_date::date
        and bought_on + to_months(months::integer) <= $end_date::date + $horizon_days::integer
),
used as (
    select
        'gcp' as provider, billing_account_id, null::varchar as sub_account_id, null::varchar as region_id, d.service_name,
        e.commitment as resource_id, billing_currency as currency, charge_date, charge_date::timestamp as first_at, effective_cost,
        on_demand_cost, e.ends_at, coalesce(e.commitment_name, d.commitment_name) as name,
    from rollup_daily as d
    inner join ending as e on starts_with(d.commitment_id, e.commitment)
    where d.commitment_status = 'Used' and d.charge_date >= $start_date::date and d.charge_date < $end_date::date
)
select
    provider, billing_account_id, sub_account_id, region_id, any_value(service_name) as service_name, resource_id, currency,
    sum(effective_cost)::decimal(38, 15) as observed_cost,
    per_month(sum(effective_cost), min(first_at), $end_date::date) as monthly_cost,
    per_month(sum(on_demand_cost) - sum(effective_cost), min(first_at), $end_date::date) as monthly_saving,
    null::decimal(38, 10) as one_off_cost,
    null::double as covered_fraction,
    1::double as data_factor,
    'rows' as price_source,
    null::varchar[] as meters,
    min(charge_date) as first_day,
    printf('%s ends on %s; without it the same usage costs this much more a month', any_value(name), strftime(any_value(ends_at), '%Y-%m-%d')) as explanation,
from used
group by provider, billing_account_id, sub_account_id, region_id, resource_id, currency
having sum(on_demand_cost) > sum(effective_cost)
order by provider, sub_account_id, resource_id, currency
