-- Which clusters pay for capacity that no workload asks for?
--
-- Another view of charges that the bills hold: listed, never added.
--
-- rule:
--   id         any.k8s.idle
--   class      E
--   effort     M
--   risk       m
--   step       rightsize
--   reach      estate
--   action     Let the autoscaler remove nodes, or choose smaller ones.
-- params:
--   $start_date date                first day of the look-back, inclusive (UTC)
--   $end_date   date                last day, exclusive (UTC)
--   $idle_share double default 0.2  share of the cost that may be idle
-- source:  OpenCost allocations (table kubernetes_allocations): idle share above what is kept as room

with clusters as (
    select
        provider, cluster as resource_id, currency, usage_date,
        coalesce(total_cost, 0) as cost, if('__idle__' in (namespace, allocation), coalesce(total_cost, 0), coalesce(idle_cost, 0)) as idle,
    from kubernetes_allocations
    where usage_date >= $start_date::date and usage_date < $end_date::date
)
select
    coalesce(nullif(cloud_of(provider), ''), 'kubernetes') as provider, null::varchar as billing_account_id, null::varchar as sub_account_id, null::varchar as region_id,
    'Kubernetes' as service_name, resource_id, currency,
    sum(cost)::decimal(38, 15) as observed_cost,
    per_month(sum(cost), min(usage_date)::timestamp, $end_date::date) as monthly_cost,
    per_month(sum(idle) - share_of(sum(cost), $idle_share::double), min(usage_date)::timestamp, $end_date::date) as monthly_saving,
    least(1, count(distinct usage_date) / 30.0)::double as data_factor,
    'OpenCost' as price_source,
    null::varchar[] as meters,
    min(usage_date) as first_day,
    printf('%.1f %% of the cluster is idle; %.0f %% is room enough', 100 * (sum(idle) / sum(cost))::double, 100 * $idle_share::double) as explanation,
from clusters
group by all
having sum(cost) > 0 and sum(idle) > $idle_share::double * sum(cost)
order by provider, sub_account_id, resource_id, currency
