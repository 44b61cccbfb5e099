-- States versions of the lake as their owned charges do: dates stay, counts and amounts become those of the rows that are left.
-- Of the values that the policy allows, those stay that an owned row has: the others name teams and products of others.

create temp table left_over as
select
    source, billing_period, version, billing_currency as currency,
    sum(charge_count) as charges, sum(billed_cost) as billed_cost, sum(effective_cost) as effective_cost,
    sum(null_effective_count) as unknown_effective,
from daily
group by all;
update lake_versions as v set
    rows_in = coalesce(l.charges, 0), rows_out = coalesce(l.charges, 0), rows_derived = 0, rows_excluded = 0,
    delivered_billed = null, delivered_effective = null,
    billed_cost = coalesce(l.billed_cost, 0), effective_cost = case when l.charges is null then 0 else l.effective_cost end,
    unknown_effective = coalesce(l.unknown_effective, 0),
from lake_versions as all_versions
left join left_over as l
    on l.source = all_versions.source and l.billing_period = all_versions.billing_period
    and l.version = all_versions.version and l.currency is not distinct from all_versions.currency
where v.rowid = all_versions.rowid;
drop table left_over;

create temp table own_allowed as
with allowed as (
    select tag_key, unnest(allowed) as value, generate_subscripts(allowed, 1) as place
    from tag_policy
),
seen as (
    select tag_key, fold_value(canonical_value) as folded from tag_set_keys
    union
    select 'team' as tag_key, fold_value(team) as folded from owned_teams
)
select p.tag_key, coalesce(list(a.value order by a.place) filter (s.folded is not null), []) as allowed,
from tag_policy as p
left join allowed as a on a.tag_key = p.tag_key
left join seen as s on s.tag_key = a.tag_key and s.folded = fold_value(a.value)
where p.allowed is not null
group by p.tag_key;
update tag_policy as p set
    allowed = o.allowed,
    folded_allowed = list_transform(o.allowed, lambda v: fold_value(v)),
from own_allowed as o
where o.tag_key = p.tag_key;
update policy_keys as p set allowed = o.allowed from own_allowed as o where o.tag_key = p.tag_key and p.allowed is not null;
drop table own_allowed;
