-- Did the cost move to something that appeared beside the resource when it was changed?
--
-- grain:   one row per resource of the same account and service, charged since the change and not in the baseline
-- params:
--   $resource_id    varchar
--   $successor      varchar  resource that took its place and is measured with it, or null
--   $sub_account_id varchar
--   $currency       varchar
--   $changed_on     date     (UTC)
--   $start_date     date     first day of the baseline
--   $end_date       date     exclusive (UTC)
-- source:  charges; specs/optimisation.md section 6: the group is compared as well as the resource

with services as (
    select distinct ServiceName as service_name from recommender_charges
    where ResourceId = $resource_id::varchar and ChargePeriodStart >= $start_date::date and ChargePeriodStart < $end_date::date
)
select
    ResourceId as resource_id,
    (sum(EffectiveCost) / greatest(date_diff('day', $changed_on::date, $end_date::date), 1))::decimal(38, 10) as cost_per_day,
from recommender_charges
where ServiceName in (select service_name from services) and SubAccountId is not distinct from $sub_account_id::varchar
    and BillingCurrency = $currency::varchar and ChargeCategory = 'Usage' and ResourceId is not null and ResourceId <> $resource_id::varchar
    and ResourceId is distinct from $successor::varchar
    and ChargePeriodStart >= $start_date::date and ChargePeriodStart < $end_date::date
group by all
having min(ChargePeriodStart) >= $changed_on::date - 7 and min(ChargePeriodStart) < $changed_on::date + 7
