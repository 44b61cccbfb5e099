-- Which regions, usage types and resources moved an account's service on some days, against the same weekdays of the four weeks before?
--
-- grain:   one row per region, usage type and resource that moved in the direction asked, most first, at most five
-- params:
--   $provider varchar
--   $account varchar
--   $service varchar
--   $currency varchar
--   $start_date date         first day that is explained
--   $end_date date           first day after them
--   $direction varchar default 'up'  one of: up, down
-- columns:
--   region      varchar
--   usage_type  varchar         SkuMeter, else the description of the charge
--   resource    varchar         ResourceId
--   excess      decimal(38, 9)  actual minus usual, over the days asked
--   is_new      boolean         no charge in the four weeks before
-- source:  charges; specs/anomalies.md section 6

with weekdays as (
    select isodow(day) as weekday, count(*) as times
    from (select unnest(generate_series($start_date::date, $end_date::date - 1, interval 1 day)) as day)
    group by all
),
charged as (
    select
        RegionId as region,
        coalesce(SkuMeter, ChargeDescription) as usage_type,
        ResourceId as resource,
        cast(ChargePeriodStart as date) as charge_date,
        EffectiveCost as cost,
    from charges
    where
        ChargePeriodStart >= $start_date::date - interval 28 day and ChargePeriodStart < $end_date::date
        and coalesce(ServiceProviderName, '') = $provider::varchar and coalesce(SubAccountId, '') = $account::varchar
        and coalesce(ServiceName, '') = $service::varchar and BillingCurrency = $currency::varchar
        and ChargeCategory = 'Usage' and CommitmentDiscountStatus is distinct from 'Unused'
),
moved as (
    select
        c.region, c.usage_type, c.resource,
        coalesce(sum(c.cost) filter (c.charge_date >= $start_date::date), 0) as actual,
        coalesce(sum(c.cost * w.times / 4) filter (c.charge_date < $start_date::date), 0) as usual,
        count(*) filter (c.charge_date < $start_date::date) = 0 as is_new,
    from charged as c
    left join weekdays as w on w.weekday = isodow(c.charge_date)
    group by all
)
select
    region, usage_type, resource,
    cast(actual - usual as decimal(38, 9)) as excess,
    is_new,
from moved
where case when $direction::varchar = 'down' then actual < usual else actual > usual end
order by abs(actual - usual) desc, usage_type, resource
limit 5
