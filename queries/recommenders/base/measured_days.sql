-- What did a resource cost and use on each day before and after a change?
--
-- grain:   one row per day, days without a charge included
-- params:
--   $resource_id    varchar
--   $successor      varchar  resource that took its place with the change, or null
--   $sub_account_id varchar
--   $currency       varchar
--   $changed_on     date     day of the change, in neither period (UTC)
--   $start_date     date     first day of the baseline
--   $end_date       date     end of the measurement, exclusive (UTC)
--   $metric         varchar  business metric that drives the cost, or null
-- source:  charges after commitments; days after the change are rerated at what a contracted unit of cost came to in the baseline, so
--          that a commitment bought since saves nothing here; the unit of quantity is the one that cost most before; business_metrics

with rows as (
    select
        cast(ChargePeriodStart as date) as charge_date, PricingUnit as unit, PricingQuantity as quantity, EffectiveCost as cost,
        coalesce(nullif(ContractedCost, 0), EffectiveCost) as contracted,
    from recommender_charges
    where (ResourceId = $resource_id::varchar or ResourceId = $successor::varchar)
        and SubAccountId is not distinct from $sub_account_id::varchar
        and BillingCurrency = $currency::varchar and ChargeCategory = 'Usage' and ChargeClass is distinct from 'Correction'
        and ChargePeriodStart >= $start_date::date and ChargePeriodStart < $end_date::date
),
main_unit as (
    select unit from rows where charge_date < $changed_on::date group by unit order by sum(cost) desc limit 1
),
baseline as (
    select sum(cost)::double / nullif(sum(contracted), 0)::double as paid_share from rows where charge_date < $changed_on::date
),
rerated as (
    select
        r.charge_date, r.unit, r.quantity,
        if(r.charge_date > $changed_on::date, r.contracted::double * coalesce(b.paid_share, 1), r.cost::double) as cost,
    from rows as r
    cross join baseline as b
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
left join rerated as r on r.charge_date = d.charge_date
left join drivers as b on b.charge_date = d.charge_date
where d.charge_date <> $changed_on::date
group by all
order by d.charge_date
