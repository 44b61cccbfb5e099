-- What did each workload of a cluster cost on each day, as OpenCost models it?
--
-- grain: one row per staged row; idle capacity is the namespace __idle__; total_cost holds adjustments that the parts do not
-- source: OpenCost allocation API, https://opencost.io/docs/integrations/api; files of rows written by collectors
select
    coalesce(provider, error('a Kubernetes allocation has no provider')) as provider,
    cast(coalesce(usage_date, error('a Kubernetes allocation has no readable usage_date')) as date) as usage_date,
    coalesce(cluster, error('a Kubernetes allocation has no cluster')) as cluster,
    coalesce(allocation, error('a Kubernetes allocation of cluster ' || cluster || ' has no name in the column allocation')) as allocation,
    coalesce(namespace, '') as namespace,
    coalesce(controller_kind, '') as controller_kind,
    coalesce(controller, '') as controller,
    cpu_cost,
    gpu_cost,
    memory_cost,
    storage_cost,
    network_cost,
    load_balancer_cost,
    shared_cost,
    external_cost,
    idle_cost,
    total_cost,
    efficiency,
    coalesce(upper(currency), error('a Kubernetes allocation of cluster ' || cluster || ' has no currency')) as currency,
    coalesce(labels, map {}) as labels,
    coalesce(observed_at, error('a Kubernetes allocation of cluster ' || cluster || ' has no readable observed_at')) as observed_at,
from staged
