-- Which instances, tasks and functions make up the hourly fleets on AWS?
--
-- grain:   one row per fleet and member; od_rate = on-demand price of one unit of usage of that member
-- params:
--   $seed  bigint
--   $scale double  ≥ 1: smaller members, same money; < 1: fewer members
with slots as (
    select scope, list(o order by o.owner_id) as seats,
    from (select o, unnest(scopes) as scope from estate.owners as o where provider = 'aws')
    group by scope
),
sized as (
    select
        f.*,
        case when schedule = 'curve' then max_size / greatest(1.0, $scale::double) else
            list_max(list_filter([48, 32, 24, 16, 8, 4, 2, 1], lambda s: s <= max_size and s <= greatest(1.0, max_size / greatest(1.0, $scale::double))))
        end as size,
    from estate.fleets as f
),
counted as (
    select sized.*, greatest(1, round(units * least(1.0, $scale::double) / size))::bigint as members from sized
),
numbered as (
    select
        counted.*, unnest(range(members)) as n,
    from counted
),
placed as (
    select
        numbered.*, hash($seed::bigint, fleet, n, 'fleet') as rid, estate.pick(hash($seed::bigint, fleet, n), 'fleet owner', seats) as owner,
    from numbered
    join slots using (scope)
)
select
    placed.* exclude (owner, meter),
    owner.owner_id, owner.owner_name,
    estate.pick(owner.owner_id, fleet, ['eu-west-1', 'us-east-1']) as region,
    estate.fill(kind, estate.hex(rid, 'id', 32), estate.word(rid), estate.pick(owner.owner_id, fleet, ['eu-west-1', 'us-east-1']), owner.owner_id, owner.owner_name) as resource_id,
    case when schedule = 'curve' then meter else meter || case when size = 1 then '' else size::int end || 'xlarge' end as meter,
    case when schedule = 'curve' then '' else operation_size end as instance_type,
    (price * case when schedule = 'curve' then 1 else size::int end)::decimal(18, 10) as od_rate,
    case when schedule = 'curve' then size else 1.0 end as base_amount,
    (price * case when schedule = 'curve' then 1 else size::int end * ratio)::decimal(18, 10) as sp_rate,
    estate.tag_list('aws', rid, estate.word(rid), owner.team, owner.product, owner.environment, {'team': 0.0, 'product': 0.0, 'environment': 0.0}) as tags,
    true as is_tagged,
from (select *, case when family = '' then '' else family || '.' || case when size = 1 then '' else size::int::varchar end || 'xlarge' end as operation_size from placed) as placed
order by fleet, n
