-- Which shared services grow faster than what they serve?
--
-- rule:
--   id         any.shared.outlier
--   class      E
--   effort     M
--   risk       m
--   step       rightsize
--   reach      estate
--   action     Ask the platform team for the reason; charge the service to those who use it.
-- params:
--   $start_date   date                                                  first day of the look-back, inclusive (UTC)
--   $end_date     date                                                  last day, exclusive (UTC)
--   $shared       varchar default 'shared|platform|common|network|hub'  product of shared services, a regular expression
--   $minimum_cost double default 100                                    cost in the look-back
--   $factor       double default 1.2                                    times the growth of the rest
-- source:  products or teams named as shared; 30 days against the 30 days two months before; amount = growth above that of the rest

with periods as (
    select
        u.provider, u.billing_account_id, u.sub_account_id, null::varchar as region_id, u.service_name, null::varchar as resource_id, u.currency,
        u.effective_cost, u.first_at, u.charge_date, u.raw_meter,
        u.charge_date >= $start_date::date as is_new,
        coalesce(regexp_full_match(lower(r.product), $shared::varchar), false) as is_shared,
    from usage_days as u
    left join usage_resources as r
        on r.provider = u.provider and r.resource_id is not distinct from u.resource_id and r.sub_account_id is not distinct from u.sub_account_id
        and r.billing_account_id is not distinct from u.billing_account_id and r.currency = u.currency
    where u.charge_date >= $start_date::date or u.charge_date < $start_date::date - 30 and u.charge_date >= $start_date::date - 60
),
rest as (
    select
        provider, currency,
        sum(effective_cost) filter (is_new and not is_shared) / nullif(sum(effective_cost) filter (not is_new and not is_shared), 0) as growth,
    from periods
    group by all
),
grown as (
    select
        provider, billing_account_id, sub_account_id, service_name, currency,
        sum(effective_cost) filter (is_new) as cost, coalesce(sum(effective_cost) filter (not is_new), 0) as before,
    from periods
    where is_shared
    group by all
)
select
    provider, billing_account_id, sub_account_id, region_id, service_name, resource_id, currency,
    sum(effective_cost)::decimal(38, 15) as observed_cost,
    per_month(sum(effective_cost), min(first_at), $end_date::date) as monthly_cost,
    per_month(greatest(0, any_value(cost) - share_of(any_value(before), greatest(1, any_value(growth)))), min(first_at), $end_date::date) as monthly_saving,
    'rows' as price_source,
    null::varchar[] as meters,
    min(charge_date) as first_day,
    printf('%s after %s; the rest grew by %.1f %%', any_value(cost)::decimal(18, 2)::varchar, any_value(before)::decimal(18, 2)::varchar, 100 * (any_value(growth) - 1)::double) as explanation,
from periods
inner join grown using (provider, billing_account_id, sub_account_id, service_name, currency)
inner join rest using (provider, currency)
where is_new and is_shared and before > 0 and cost > $minimum_cost::double and cost > before * greatest(1, growth) * $factor::double
group by all
order by provider, sub_account_id, resource_id, currency
