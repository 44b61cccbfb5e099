-- What did each leaf spend on each day, as a whole and by product, environment, resource family and further policy tag?
--
-- The parts of the sums that detection watches beside the leaves. Usage only, spread over its days as in daily_series; what nobody owns
-- or tags has no row at that level. Policy tags that name team, product or environment are those levels.
--
-- grain:   one row per date and the text columns
-- params:
--   $currency varchar  billing currency, for example USD; one a run, currencies are never added
-- columns:
--   date      date
--   provider  varchar
--   account   varchar            SubAccountId
--   service   varchar
--   team      varchar            owner by tags, else of the account; empty for nobody
--   level     varchar            leaf, product, environment, resource_family or tag:<key>
--   value     varchar            of the level; empty for leaf. A resource family is ServiceSubcategory, else ResourceType
--   cost      decimal(28, 9)     accrual ledger (EffectiveCost)
-- source:  daily, tag_set_keys, dimension_keys; specs/anomalies.md sections 1 and 5

with charged as (
    select
        charge_date, tag_set,
        case
            when spans_days > 1 then least(spans_days, date_diff('day', charge_date, last_day(charge_date)) + 1)
            else 1
        end as days,
        coalesce(provider, '') as provider,
        coalesce(sub_account_id, '') as account,
        coalesce(service_name, '') as service,
        coalesce(team, '') as team,
        product, environment,
        coalesce(service_subcategory, resource_type) as family,
        sum(effective_cost) as effective_cost,
    from daily
    where billing_currency = $currency::varchar and effective_cost is not null
        and charge_category = 'Usage' and row_class <> 'unused'
    group by all
),
days_of as (
    select
        cast(charge_date + cast(unnest(range(days)) as integer) as date) as date,
        * exclude (charge_date, days, effective_cost),
        effective_cost / days as cost,
    from charged
),
further_keys as (
    select tag_key from tag_policy where tag_key not in (select tag_key from dimension_keys)
),
tagged as (
    select tag_set, tag_key, canonical_value
    from tag_set_keys
    where tag_key in (select tag_key from further_keys) and canonical_value is not null
),
leveled as (
    select date, provider, account, service, team, 'leaf' as level, '' as value, sum(cost) as cost
    from days_of group by all
    union all
    select date, provider, account, service, team, 'product' as level, product as value, sum(cost) as cost
    from days_of where product is not null group by all
    union all
    select date, provider, account, service, team, 'environment' as level, environment as value, sum(cost) as cost
    from days_of where environment is not null group by all
    union all
    select date, provider, account, service, team, 'resource_family' as level, family as value, sum(cost) as cost
    from days_of where family is not null group by all
    union all
    select d.date, d.provider, d.account, d.service, d.team, 'tag:' || t.tag_key as level, t.canonical_value as value, sum(d.cost) as cost
    from days_of as d
    inner join tagged as t on t.tag_set = d.tag_set
    group by all
)
select date, provider, account, service, team, level, value, cast(cost as decimal(28, 9)) as cost
from leveled
order by all
