-- Which resources does the sample company run, who owns them, and how are they tagged?
--
-- grain:   one row per line and resource; lines of one `grp` share their resources
-- params:
--   $seed  bigint  all identifiers and weights follow from it
--   $scale double  1 = about 600,000 rows in 13 months; more resources share the same money
with lines as (
    from estate.lines_aws union all from estate.lines_azure union all from estate.lines_gcp
),
slots as (
    select provider, scope, list(o order by o.owner_id, slot) as seats,
    from (select o, provider, unnest(scopes) as scope, unnest(range(slots)) as slot from estate.owners as o)
    group by provider, scope
),
numbered as (
    select
        l.*,
        unnest(range(case when waste is not null then resources else greatest(1, round(0.7 * resources * $scale::double)) end::bigint)) as n,
    from lines as l
    union all
    select l.*, -1 as n from lines as l where l.line = 'az-openai'
),
keyed as (
    select
        numbered.*,
        hash($seed::bigint, numbered.grp, numbered.n) as rid,
        case
            when n = -1 then (select o from estate.owners as o where o.owner_name = 'HF Booking Production')
            when n = 0 and e.owner is not null then e.owner
            else estate.pick(hash($seed::bigint, numbered.grp, numbered.n), 'owner', seats)
        end as owner,
    from numbered
    join slots using (provider, scope)
    left join (
        select any_value(o) as owner, ev.grp,
        from (select ev.*, l.grp from estate.events as ev join lines as l using (line) where ev.line <> 'az-openai') as ev
        join estate.owners as o using (owner_name)
        group by ev.grp
    ) as e on e.grp = numbered.grp
),
placed as (
    select
        keyed.* exclude (owner),
        owner.owner_id, owner.owner_name, owner.team, owner.environment,
        case when owner.product = 'shared' and estate.unit(rid, 'shared') < 0.4
            then estate.pick(rid, 'product', ['tracking', 'booking', 'customs', 'rates', 'driver-app', 'insights'])
            else owner.product end as product,
        case provider
            -- volumes lie where the account's machines are
            when 'aws' then estate.pick(owner.owner_id, case when service_name <> 'Amazon Elastic Compute Cloud' or meter not like 'EBS:Volume%' then grp
                when owner.environment = 'prod' then 'ec2' else 'night' end, ['eu-west-1', 'eu-west-1', 'us-east-1', 'us-east-1', 'eu-central-1'])
            when 'azure' then estate.pick(owner.owner_id, grp, ['westeurope', 'westeurope', 'northeurope', 'norwayeast'])
            else 'europe-west1'
        end as region,
        estate.hex(rid, 'id', 32) as id,
        estate.word(rid) as word,
        case when n = -1 then 0 when n = 0 then 0.8 else 0.3 + 2 * pow(estate.unit(rid, 'weight'), 3) end as weight,
        case
            when shape = 'young' then (estate.unit(rid, 'born') * 6)::int
            when waste is null and shape = 'flow' and n > 0 and estate.unit(rid, 'young') < 0.1 then (estate.unit(rid, 'born') * 12)::int
            else 100
        end as born_age,
    from keyed
),
weighed as (
    select
        *, weight / sum(weight) over (partition by line) as share,
        case when shape in ('hours', 'office', 'reserved') then price::double * 730 else monthly * weight / sum(weight) over (partition by line) end as size,
    from placed
),
sized as (
    -- what comes to be in the middle of the estate is small: larger births are incidents, and those are planted in events.sql
    select * replace (case when shape = 'flow' and size > 180 then 100 else born_age end as born_age) from weighed
),
attached as (
    select
        *,
        max(case when line in ('ec2-pool', 'ec2-night') then 'i-' || left(id, 17) when line in ('az-vm-res', 'az-vm-night', 'g-n2-core') then word || '-' || left(id, 5) end)
            over (partition by provider, owner_id) as machine,
        -- the machine that a disk was made for, as its owner noted it; that of an orphan is gone
        case
            when waste in ('aws.ebs.unattached', 'az.disk.orphan', 'gcp.pd.orphan') then case when provider = 'aws' then 'i-' || estate.hex(rid, 'gone', 17) else word || '-' || estate.hex(rid, 'gone', 5) end
            when line in ('ebs-gp3', 'ebs-gp2', 'ebs-io2', 'az-disk', 'g-pd') then machine
        end as attached_to,
    from sized
),
ranked as (
    select
        *,
        sum(size) over (partition by provider order by hash(rid, 'tagged')) / sum(size) over (partition by provider) as tag_rank,
        {
            'team': sum(size) over (partition by provider order by hash(rid, 'team')) / sum(size) over (partition by provider),
            'product': sum(size) over (partition by provider order by hash(rid, 'product key')) / sum(size) over (partition by provider),
            'environment': sum(size) over (partition by provider order by hash(rid, 'environment')) / sum(size) over (partition by provider)
        } as ranks,
    from attached
)
select
    * exclude (weight, size, ranks, machine, attached_to),
    row_number() over (partition by line, owner_id order by n) = 1 as is_first,
    case when provider = 'azure'
        then lower('/subscriptions/' || owner_id || '/resourcegroups/rg-' || product || '-' || environment || '/providers/') || kind || '/' || word || '-' || left(id, 5)
        when provider = 'gcp' then case when kind <> '' then '//' || split_part(kind, '/', 1) || '/projects/' || owner_id || '/'
            || replace(substr(kind, strpos(kind, '/') + 1), '{zone}', 'europe-west1-b') || '/' || word || '-' || left(id, 5) else '' end
        else estate.fill(kind, id, word, region, owner_id, owner_name) || case when kind like 'hf-{owner}%' then '-' || left(id, 5) else '' end
    end as resource_id,
    kind <> '' and service_code <> 'northlight' as is_taggable,
    estate.tag_list(provider, rid, word, team, product, environment, ranks) || case when attached_to is null then []
        else [{'key': case provider when 'aws' then 'user_attached_to' when 'azure' then 'AttachedTo' else 'attached_to' end, 'value': attached_to}] end as tags,
from ranked
order by provider, line, n
