-- What does each Kubernetes namespace cost a month, and what is idle?
--
-- OpenCost models these figures from usage and list prices. The nodes are charges of the bill already: never add the two.
--
-- grain:   one row per usage_month, cluster, namespace, currency
-- params:
--   $cluster    varchar default null  one cluster only
--   $start_date date default null     first day, inclusive (UTC)
--   $end_date   date default null     last day, exclusive (UTC)
-- columns:
--   usage_month        varchar          YYYY-MM
--   cluster            varchar
--   namespace          varchar          __idle__: capacity that nobody used; __unallocated__: without a namespace
--   kind               varchar          workload, idle or unallocated
--   currency           varchar
--   days               bigint           days with an allocation
--   controllers        bigint
--   cpu_cost           decimal(38, 15)
--   gpu_cost           decimal(38, 15)
--   memory_cost        decimal(38, 15)
--   storage_cost       decimal(38, 15)
--   network_cost       decimal(38, 15)  traffic and load balancers
--   shared_cost        decimal(38, 15)
--   external_cost      decimal(38, 15)
--   total_cost         decimal(38, 15)  with the adjustments that the parts do not hold
--   share_of_cluster   double           total_cost ÷ that of the cluster in the month, idle included
--   efficiency         double           used ÷ requested, weighted by cpu and memory cost; null when unknown
--   basis              varchar          modelled by OpenCost: part of the bill, not added to it
-- source:  table kubernetes_allocations; https://opencost.io/docs/specification

with monthly as (
    select
        strftime(usage_date, '%Y-%m') as usage_month,
        cluster,
        coalesce(nullif(namespace, ''), '__unallocated__') as namespace,
        currency,
        count(distinct usage_date) as days,
        count(distinct (controller_kind, controller)) filter (controller <> '') as controllers,
        sum(cpu_cost) as cpu_cost,
        sum(gpu_cost) as gpu_cost,
        sum(memory_cost) as memory_cost,
        sum(storage_cost) as storage_cost,
        sum(coalesce(network_cost + load_balancer_cost, network_cost, load_balancer_cost)) as network_cost,
        sum(shared_cost) as shared_cost,
        sum(external_cost) as external_cost,
        sum(total_cost) as total_cost,
        sum(cast(efficiency as double) * cast(cpu_cost + memory_cost as double))
            / nullif(sum(cast(cpu_cost + memory_cost as double)) filter (efficiency is not null), 0) as efficiency,
    from kubernetes_allocations
    where ($cluster::varchar is null or cluster = $cluster::varchar)
        and ($start_date::date is null or usage_date >= $start_date::date)
        and ($end_date::date is null or usage_date < $end_date::date)
    group by all
)
select
    usage_month,
    cluster,
    namespace,
    case namespace when '__idle__' then 'idle' when '__unallocated__' then 'unallocated' else 'workload' end as kind,
    currency,
    days, controllers, cpu_cost, gpu_cost, memory_cost, storage_cost, network_cost, shared_cost, external_cost, total_cost,
    total_cost / nullif(sum(total_cost) over (partition by usage_month, cluster, currency), 0) as share_of_cluster,
    efficiency,
    'modelled by OpenCost: part of the bill, not added to it' as basis,
from monthly
order by usage_month, cluster, currency, kind = 'idle', total_cost desc nulls last, namespace
