-- Which on-demand instances could run on spot?
--
-- rule:
--   id         aws.ec2.spot
--   class      E
--   effort     M
--   risk       h
--   step       rate
--   evidence   on_demand
--   action     Use spot for what can be interrupted: stateless groups, batch.
-- params:
--   $start_date  date                 first day of the look-back, inclusive (UTC)
--   $end_date    date                 last day, exclusive (UTC)
--   $share       double default 0.55  discount of spot
--   $short_hours double default 6     hours that a short-lived instance lives
-- source:  OptScale: instances that live less than 6 hours; tag of an Auto Scaling group; KPI dashboard default 55 %: a scenario

with machines as (
    select
        u.provider, u.billing_account_id, u.sub_account_id, u.region_id, u.service_name, u.currency,
        u.resource_id as machine_id, u.effective_cost, u.quantity, u.first_at, u.charge_date, u.raw_meter, t.resource_id is not null as in_group,
        sum(u.quantity) over (partition by u.sub_account_id, u.resource_id) as life_hours,
        min(u.charge_date) over (partition by u.sub_account_id, u.resource_id) as born,
    from usage_days as u
    left join (
        select distinct sub_account_id, resource_id from usage_tags where provider = 'aws' and tag_key ilike '%autoscaling:groupname'
    ) as t on t.resource_id = u.resource_id and t.sub_account_id is not distinct from u.sub_account_id
    where u.provider = 'aws' and u.meter like 'BoxUsage:%' and u.pricing_category is distinct from 'Dynamic' and not u.is_covered
        and u.charge_date >= $start_date::date
),
found as (
    select
        provider, billing_account_id, sub_account_id, region_id, service_name, null::varchar as resource_id, currency,
        sum(effective_cost) as cost,
        count(distinct machine_id) as instances,
        min(first_at) as first_at,
        min(charge_date) as first_day,
        list(distinct raw_meter order by raw_meter) as meters,
    from machines
    where in_group or life_hours < $short_hours::double and born > $start_date::date
    group by all
)
select
    provider, billing_account_id, sub_account_id, region_id, service_name, resource_id, currency,
    cost::decimal(38, 15) as observed_cost,
    per_month(cost, first_at, $end_date::date) as monthly_cost,
    share_of(per_month(cost, first_at, $end_date::date), $share::double) as monthly_saving,
    'scenario' as price_source,
    meters, first_day,
    printf('%d short-lived or scaled instances on demand for %.2f %s in the look-back', instances, cost::double, currency) as explanation,
from found
order by provider, sub_account_id, resource_id, currency
