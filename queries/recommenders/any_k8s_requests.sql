-- Which namespaces ask for far more than they use?
--
-- Another view of charges that the bills hold: listed, never added.
--
-- rule:
--   id         any.k8s.requests
--   class      E
--   effort     M
--   risk       m
--   step       rightsize
--   reach      estate
--   action     Lower requests to the usage that was measured, with room.
-- params:
--   $start_date date                 first day of the look-back, inclusive (UTC)
--   $end_date   date                 last day, exclusive (UTC)
--   $low        double default 0.4   efficiency below which a namespace is named
--   $target     double default 0.65  efficiency to aim for
-- source:  OpenCost efficiency (table kubernetes_allocations), weighted by cost

with namespaces as (
    select
        provider, concat_ws('/', cluster, namespace) as resource_id, currency, usage_date,
        coalesce(cpu_cost, 0) + coalesce(memory_cost, 0) as cost, efficiency,
    from kubernetes_allocations
    where usage_date >= $start_date::date and usage_date < $end_date::date and namespace <> '' and not starts_with(namespace, '__')
),
used as (
    select *, share_of(cost, least(1, greatest(0, efficiency))) as used from namespaces where efficiency is not null
)
select
    coalesce(nullif(cloud_of(provider), ''), 'kubernetes') as provider, null::varchar as billing_account_id, null::varchar as sub_account_id, null::varchar as region_id,
    'Kubernetes' as service_name, resource_id, currency,
    sum(cost)::decimal(38, 15) as observed_cost,
    per_month(sum(cost), min(usage_date)::timestamp, $end_date::date) as monthly_cost,
    per_month(sum(cost) - share_of(sum(used), 1 / $target::double), min(usage_date)::timestamp, $end_date::date) as monthly_saving,
    least(1, count(distinct usage_date) / 30.0)::double as data_factor,
    'OpenCost' as price_source,
    null::varchar[] as meters,
    min(usage_date) as first_day,
    printf('%.1f %% of what is asked for is used; requests at %.0f %% use would be enough', 100 * (sum(used) / sum(cost))::double, 100 * $target::double) as explanation,
from used
group by all
having sum(cost) > 0 and sum(used) < $low::double * sum(cost)
order by provider, sub_account_id, resource_id, currency
