-- Where does non-production cost far more, against production, than elsewhere?
--
-- rule:
--   id         any.environment.outlier
--   class      E
--   effort     M
--   risk       m
--   step       rightsize
--   reach      estate
--   action     Shrink, schedule or share the non-production environment.
-- params:
--   $start_date    date                first day of the look-back, inclusive (UTC)
--   $end_date      date                last day, exclusive (UTC)
--   $minimum_share double default 0.3  of production cost
--   $factor        double default 2    times the median
-- source:  products compared with the median of their provider; amount = what lies above it

with products as (
    select
        provider, currency, product,
        sum(monthly_cost) filter (is_non_production) as test_cost, sum(monthly_cost) filter (not is_non_production) as live_cost,
    from usage_resources
    where product is not null and environment is not null
    group by all
    having sum(monthly_cost) filter (not is_non_production) > 0
),
compared as (
    select
        *, coalesce(test_cost, 0) / live_cost as share,
        median((coalesce(test_cost, 0) / live_cost)::double) over (partition by provider, currency) as usual,
        count(*) over (partition by provider, currency) as products,
    from products
),
outliers as (
    select *, 1 - usual / share::double as excess
    from compared
    where products >= 4 and share > $minimum_share::double and share > $factor::double * usual
),
tests as (
    select provider, resource_id, sub_account_id, currency, o.product, o.share, o.usual, o.excess
    from usage_resources as r
    inner join outliers as o using (provider, currency, product)
    where r.is_non_production
),
charged as (
    select
        u.provider, u.billing_account_id, u.sub_account_id, null::varchar as region_id, null::varchar as service_name, null::varchar as resource_id, u.currency,
        u.effective_cost, u.first_at, u.charge_date, u.raw_meter, t.product, t.share, t.usual, t.excess,
    from usage_days as u
    inner join tests as t
        on t.provider = u.provider and t.resource_id is not distinct from u.resource_id and t.sub_account_id is not distinct from u.sub_account_id and t.currency = u.currency
    where u.charge_date >= $start_date::date
)
select
    provider, billing_account_id, sub_account_id, region_id, service_name, resource_id, currency,
    sum(effective_cost)::decimal(38, 15) as observed_cost,
    per_month(sum(effective_cost), min(first_at), $end_date::date) as monthly_cost,
    per_month(sum(share_of(effective_cost, excess)), min(first_at), $end_date::date) as monthly_saving,
    'rows' as price_source,
    null::varchar[] as meters,
    min(charge_date) as first_day,
    printf('%s: %.0f %% of production, %.0f %% is usual', string_agg(distinct product, ', ' order by product), 100 * max(share)::double, 100 * max(usual)) as explanation,
from charged
group by all
having sum(effective_cost) > 0
order by provider, sub_account_id, resource_id, currency
