-- What did a resource cost and use on each day before and after a change?
--
-- grain:   one row per day, days without a charge included
-- params:
--   $resource_id    varchar
--   $sub_account_id varchar
--   $currency       varchar
--   $changed_on     date     day of the change, in neither period (UTC)
--   $start_date     date     first day of the baseline
--   $end_date       date     end of the measurement, exclusive (UTC)
--   $metric         varchar  business metric that drives the cost, or null
-- source:  charges after commitments; the unit of quantity is the one that cost most before; metric_days

with rows as (
    select cast(ChargePeriodStart as date) as charge_date, PricingUnit as unit, PricingQuantity as quantity, EffectiveCost as cost,
    from recommender_charges
    where ResourceId = $resource_id::varchar and SubAccountId is not distinct from $sub_account_id::varchar
        and BillingCurrency = $currency::varchar and ChargeCategory = 'Usage' and ChargeClass is distinct from 'Correction'
        and ChargePeriodStart >= $start_date::date and ChargePeriodStart < $end_date::date
),
main_unit as (
    select unit from rows where charge_date < $changed_on::date group by unit order by sum(cost) desc limit 1
),
days as (
    select unnest(generate_series($start_date::timestamp, $end_date::timestamp - interval 1 day, interval 1 day))::date as charge_date
),
drivers as (
    select metric_date as charge_date, sum(value) as driver from business_metrics where metric = $metric::varchar group by all
)
select
    d.charge_date,
    d.charge_date > $changed_on::date as is_after,
    coalesce(sum(r.cost), 0)::decimal(38, 15) as cost,
    coalesce(sum(r.quantity) filter (r.unit = (select unit from main_unit)), 0)::decimal(38, 15) as quantity,
    any_value(b.driver)::decimal(38, 15) as driver,
from days as d
left join rows as r on r.charge_date = d.charge_date
left join drivers as b on b.charge_date = d.charge_date
where d.charge_date <> $changed_on::date
group by all
order by d.charge_date
