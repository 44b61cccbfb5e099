-- Which subscriptions without production could use dev/test rates?
--
-- rule:
--   id         az.devtest
--   class      E
--   effort     S
--   risk       m
--   step       tier
--   evidence   on_demand
--   action     Move the subscription to an Enterprise Dev/Test offer; every user needs a Visual Studio subscription.
-- params:
--   $start_date date  first day of the look-back, inclusive (UTC)
--   $end_date   date  last day, exclusive (UTC)
-- source:  environment of the resources; offers MS-AZR-0148P and MS-AZR-0023P are dev/test already; licence part of Windows rates by price_ratios.csv

with offers as (
    select distinct SubAccountId as sub_account_id from recommender_charges where regexp_matches(x_OfferId, '(?i)0148P|0023P')
),
accounts_of_test as (
    select sub_account_id
    from usage_resources
    where provider = 'azure'
    group by all
    having sum(observed_cost) > 0 and sum(observed_cost) filter (is_non_production) >= 0.95 * sum(observed_cost)
),
licensed as (
    select u.* replace (null::varchar as resource_id, null::varchar as region_id), cast(r.ratio as double) as base_share, r.dated,
    from usage_days as u
    left join price_ratios as r on r.kind = 'windows-base' and regexp_matches(u.meter_sub_category, r.pattern)
    where u.provider = 'azure' and u.charge_date >= $start_date::date and u.unit = 'Hours' and regexp_matches(u.meter_sub_category, '(?i)\bwindows\b')
        and not u.is_covered
        and u.sub_account_id in (select sub_account_id from accounts_of_test) and u.sub_account_id not in (select sub_account_id from offers)
)
select
    provider, billing_account_id, sub_account_id, region_id, service_name, resource_id, currency,
    sum(effective_cost)::decimal(38, 15) as observed_cost,
    per_month(sum(effective_cost), min(first_at), $end_date::date) as monthly_cost,
    per_month(sum(share_of(effective_cost, 1 - base_share)), min(first_at), $end_date::date) as monthly_saving,
    'ratio: price table of ' || max(dated) as price_source,
    list(distinct raw_meter order by raw_meter) as meters,
    min(charge_date) as first_day,
    'dev/test rates leave out the Windows licence; other services have rates of their own' as explanation,
from licensed
group by all
having sum(effective_cost) > 0
order by provider, sub_account_id, resource_id, currency
