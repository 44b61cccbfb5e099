-- What rules about commitments share.

-- Reservations and savings plans with unused cost, one row each: `cost` is unused, `total` all of it.
create or replace temp macro unused_commitments(cloud, start_date, end_date) as table
    with days as (
        select
            cloud as provider, billing_account_id, null::varchar as sub_account_id, null::varchar as region_id,
            any_value(service_name) over named as service_name,
            commitment_id as resource_id, billing_currency as currency, charge_date, effective_cost,
            any_value(commitment_name) over named as commitment_name, commitment_status,
        from rollup_daily
        where cloud_of(provider) = cloud and charge_category = 'Usage' and commitment_status in ('Used', 'Unused')
            and charge_date >= start_date and charge_date < end_date
        window named as (partition by billing_account_id, commitment_id)
    ),
    totals as (
        select resource_id, sum(effective_cost) as total from days group by all
    )
    select
        provider, billing_account_id, sub_account_id, region_id, service_name, resource_id, currency,
        sum(effective_cost) as cost,
        any_value(total) as total,
        min(charge_date)::timestamp as first_at,
        min(charge_date) as first_day,
        null::varchar[] as meters,
        printf('%.1f %% of the commitment %s is not used', 100 * (sum(effective_cost) / any_value(total))::double, coalesce(any_value(commitment_name), '')) as explanation,
    from days inner join totals using (resource_id)
    where commitment_status = 'Unused'
    group by all;

-- Commitments that end within `horizon` days of end_date, from purchase and term (`named`: its id in purchases, `term`: its months, both
-- expressions over recommender_charges); what the usage under them would cost more on demand. A purchase within a month of the
-- first charge is a fee of an older one, unless it is paid at once.
create or replace temp macro ending_commitments(cloud, named, term, horizon, start_date, end_date) as table
    with bought as (
        select
            named as commitment, any_value(CommitmentDiscountName) as commitment_name, cast(min(ChargePeriodStart) as date) as bought_on,
            max(term) as months,
        from recommender_charges
        where cloud_of(x_ProviderName) = cloud and ChargeCategory = 'Purchase' and CommitmentDiscountId is not null
            and ChargeClass is distinct from 'Correction' and ChargePeriodStart < end_date
        group by all
        having cast(min(ChargePeriodStart) as date) > (select min(charge_date) + 31 from rollup_daily where cloud_of(provider) = cloud)
            or bool_or(ChargeFrequency = 'One-Time')
    ),
    ending as (
        select *, bought_on + to_months(months::integer) as ends_at
        from bought
        where months > 0 and bought_on + to_months(months::integer) > end_date and bought_on + to_months(months::integer) <= end_date + horizon
    )
    select
        cloud as provider, d.billing_account_id, null::varchar as sub_account_id, null::varchar as region_id, any_value(d.service_name) as service_name,
        e.commitment as resource_id, d.billing_currency as currency,
        sum(d.effective_cost) as cost,
        sum(d.on_demand_cost) as on_demand,
        min(d.charge_date)::timestamp as first_at,
        min(d.charge_date) as first_day,
        null::varchar[] as meters,
        printf(
            '%s ends on %s; without it the same usage costs this much more a month', coalesce(any_value(e.commitment_name), any_value(d.commitment_name)),
            strftime(any_value(e.ends_at), '%Y-%m-%d')
        ) as explanation,
    from rollup_daily as d
    inner join ending as e on starts_with(d.commitment_id, e.commitment)
    where d.commitment_status = 'Used' and d.charge_date >= start_date and d.charge_date < end_date
    group by d.billing_account_id, e.commitment, d.billing_currency
    having sum(d.on_demand_cost) > sum(d.effective_cost);
