-- Which snapshots only ever grow?
--
-- rule:
--   id         any.snapshot.growth
--   class      E
--   effort     S
--   risk       m
--   step       eliminate
--   action     Set a retention period and delete what is older.
-- params:
--   $start_date date                first day of the look-back, inclusive (UTC)
--   $end_date   date                last day, exclusive (UTC)
--   $growth     double default 0.1  share of the newest four weeks that was added in them
-- source:  snapshot meters; quantity of the last four weeks against the four weeks before; amount = the growth

with weeks as (
    select
        provider, sub_account_id, resource_id, raw_meter, cast(floor(date_diff('day', charge_date, $end_date::date - 1) / 7) as integer) as weeks_ago,
        sum(quantity) as quantity, count(distinct charge_date) as days,
    from usage_days
    where charge_date >= $end_date::date - 56 and regexp_matches(concat_ws(' ', raw_meter, description), '(?i)snapshot')
    group by all
),
growing as (
    select
        provider, sub_account_id, resource_id, raw_meter,
        (1 - sum(quantity) filter (weeks_ago >= 4) / nullif(sum(quantity) filter (weeks_ago < 4), 0))::double as growth,
    from (select *, lead(quantity) over (partition by provider, sub_account_id, resource_id, raw_meter order by weeks_ago) as before from weeks)
    group by all
    having count(*) = 8 and count(*) filter (quantity < before) = 0
)
select
    provider, billing_account_id, sub_account_id, region_id, service_name, resource_id, currency,
    sum(effective_cost)::decimal(38, 15) as observed_cost,
    per_month(sum(effective_cost), min(first_at), $end_date::date) as monthly_cost,
    per_month(share_of(sum(effective_cost), any_value(growth)), min(first_at), $end_date::date) as monthly_saving,
    'rows' as price_source,
    list(distinct raw_meter order by raw_meter) as meters,
    min(charge_date) as first_day,
    printf('%.1f %% of the storage was added in four weeks, and no week was smaller than the one before', 100 * any_value(growth)) as explanation,
from usage_days inner join growing using (provider, sub_account_id, resource_id, raw_meter)
where charge_date >= $start_date::date and growth >= $growth::double
group by all
having sum(effective_cost) > 0
order by provider, sub_account_id, resource_id, currency
