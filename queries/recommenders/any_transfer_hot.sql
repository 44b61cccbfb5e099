-- Which resources send the dearest data?
--
-- rule:
--   id         any.transfer.hot
--   class      E
--   effort     L
--   risk       m
--   step       tier
--   action     Keep traffic in its zone or region, compress or cache it, or use private endpoints.
-- params:
--   $start_date   date                first day of the look-back, inclusive (UTC)
--   $end_date     date                last day, exclusive (UTC)
--   $minimum_cost double default 100  cost in the look-back
--   $top          integer default 20  resources of each provider and currency
-- source:  transfer meters, 30 days against the 30 before; AWS has rules of its own; amount = the growth, null where there is none

with moved as (
    select
        *, charge_date >= $start_date::date as is_new,
    from usage_days
    where provider <> 'aws' and charge_date >= $start_date::date - 30
        and regexp_matches(raw_meter, '(?i)data transfer|egress|inter.?(zone|region)|peering|bandwidth')
        and resource_id is not null
),
totals as (
    select
        provider, sub_account_id, resource_id, currency,
        sum(effective_cost) filter (is_new) as cost, coalesce(sum(effective_cost) filter (not is_new), 0) as before,
    from moved
    group by all
),
compared as (
    select *
    from totals
    where cost > $minimum_cost::double
    qualify row_number() over (partition by provider, currency order by cost desc, resource_id) <= $top::integer
)
select
    provider, billing_account_id, sub_account_id, region_id, service_name, resource_id, currency,
    sum(effective_cost)::decimal(38, 15) as observed_cost,
    per_month(sum(effective_cost), min(first_at), $end_date::date) as monthly_cost,
    case when any_value(cost) > 1.2 * any_value(before) then per_month(least(any_value(cost) - any_value(before), sum(effective_cost)), min(first_at), $end_date::date) end as monthly_saving,
    'rows' as price_source,
    list(distinct raw_meter order by raw_meter) as meters,
    min(charge_date) as first_day,
    printf('%s in the look-back, %s in the one before', any_value(cost)::decimal(18, 2)::varchar, any_value(before)::decimal(18, 2)::varchar) as explanation,
from moved inner join compared using (provider, sub_account_id, resource_id, currency)
where is_new
group by all
order by provider, sub_account_id, resource_id, currency
