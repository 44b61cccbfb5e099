-- What were commitment utilisation, coverage, tag coverage and unit cost made of on each day?
--
-- Each ratio is numerator ÷ denominator, null where the denominator is. Money is spread over the days of its charge as in
-- dimension_days for unit cost only; the other ratios are of usage as charged. A volume is unknown while one that reports nearly every
-- day is silent, for a week at most: then it has ended.
--
-- grain:   one row per date, measure, provider, account, value
-- params:
--   $currency varchar  billing currency, for example USD
-- columns:
--   measure      varchar         utilisation, coverage, tag_coverage or unit_cost
--   provider     varchar         null for unit_cost
--   account      varchar         of tag_coverage by account, else null
--   value        varchar         commitment; metric, with /dimension=value where it is not the total; else null
--   date         date
--   numerator    decimal(28, 4)  used; covered on-demand cost; tagged cost; cost
--   denominator  decimal(28, 4)  used and unused; eligible on-demand cost; taggable cost; volume
--   saved        decimal(28, 4)  of coverage: what covered usage would cost on demand less what it does; else null
-- source:  daily, tag_sets, tag_policy, dimension_days, metric_days, business_metrics; specs/kpis.md sections 4, 7 and 9

with usage as (
    select * from daily where billing_currency = $currency::varchar and charge_category = 'Usage' and provider is not null
),
utilisation as (
    select
        'utilisation' as measure, provider, null as account, commitment_id as value, charge_date as date,
        coalesce(sum(effective_cost) filter (row_class = 'used'), 0) as numerator,
        sum(effective_cost) as denominator,
        null as saved,
    from usage
    where row_class in ('used', 'unused') and commitment_id is not null
    group by grouping sets ((provider, commitment_id, charge_date), (provider, charge_date))
),
coverage as (
    select
        'coverage' as measure, provider, null as account, null as value, charge_date as date,
        coalesce(sum(on_demand_cost) filter (row_class = 'used'), 0) as numerator,
        sum(on_demand_cost) as denominator,
        coalesce(sum(on_demand_cost - effective_cost) filter (row_class = 'used'), 0) as saved,
    from usage
    where row_class in ('used', 'uncovered')
    group by provider, charge_date
),
required as (
    select coalesce(bit_or(bit), 0) as mask from tag_policy where required
),
tag_coverage as (
    select
        'tag_coverage' as measure, u.provider, u.sub_account_id as account, null as value, u.charge_date as date,
        coalesce(sum(u.effective_cost) filter (t.normalised_mask & r.mask = r.mask), 0) as numerator,
        sum(u.effective_cost) as denominator,
        null as saved,
    from usage as u
    inner join tag_sets as t on t.tag_set = u.tag_set
    cross join required as r
    where u.taggable and r.mask <> 0
    group by grouping sets ((u.provider, u.sub_account_id, u.charge_date), (u.provider, u.charge_date))
),
reports as (
    select
        d.metric, r.reporter, r.dimensions, d.metric_date, b.metric is not null as has_reported,
        sum((b.metric is not null)::integer) over (
            partition by d.metric, r.reporter order by d.metric_date
            range between interval 28 days preceding and interval 1 day preceding
        ) as recent_reports,
    from (select distinct metric, metric_date from business_metrics) as d
    inner join (select metric, dimensions::varchar as reporter, any_value(dimensions) as dimensions from business_metrics group by all) as r
        on r.metric = d.metric
    left join (select distinct metric, metric_date, dimensions::varchar as reporter from business_metrics) as b
        on b.metric = d.metric and b.metric_date = d.metric_date and b.reporter = r.reporter
),
silent as (
    select metric, metric_date, 'total' as dimension, 'total' as value_key
    from reports
    where not has_reported and recent_reports >= 21
    union
    select metric, metric_date, lower(entry.key), fold_value(entry.value)
    from (select metric, metric_date, unnest(map_entries(dimensions)) as entry from reports where not has_reported and recent_reports >= 21)
),
unit_cost as (
    select
        'unit_cost' as measure, null as provider, null as account,
        m.metric || case when m.dimension = 'total' then '' else '/' || m.dimension || '=' || m.value end as value,
        m.metric_date as date,
        d.effective_cost as numerator,
        case when m.minimum_quantity > m.volume or s.metric is not null then null else m.volume end as denominator,
        null as saved,
    from metric_days as m
    left join silent as s
        on s.metric = m.metric and s.metric_date = m.metric_date and s.dimension = m.dimension and s.value_key = m.value_key
    left join dimension_days as d
        on d.charge_date = m.metric_date and d.dimension = m.dimension and d.value_key = m.value_key
        and d.billing_currency = $currency::varchar
    where m.dimension in ('total', 'team', 'product')
),
ratios as (
    from utilisation union all from coverage union all from tag_coverage union all from unit_cost
)
select
    measure, provider, account, value, date,
    cast(numerator as decimal(28, 4)) as numerator,
    cast(denominator as decimal(28, 4)) as denominator,
    cast(saved as decimal(28, 4)) as saved,
from ratios
order by all
