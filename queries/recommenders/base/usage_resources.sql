-- Which resources were charged in the look-back, who owns them, since when do they exist, and what do they cost a month?
--
-- grain:   one row per provider, billing account, account, resource and currency; resource_id null: charges without a resource
-- params:
--   $start_date date  first day of the look-back, inclusive (UTC)
--   $end_date   date  last day, exclusive (UTC)
-- source:  usage_days, marts resources and accounts

with described as (
    select
        cloud_of(provider) as provider, sub_account_id, resource_id,
        min(first_date) as first_seen,
        max_by(resource_name, billing_period) as resource_name,
        max_by(team, billing_period) as team,
        max_by(product, billing_period) as product,
        max_by(environment, billing_period) as environment,
    from resources
    group by all
),
used as (
    select
        provider, billing_account_id, sub_account_id, resource_id, currency,
        min(first_at) filter (charge_date >= $start_date::date) as first_at,
        max(charge_date) as last_seen,
        min(charge_date) as first_used,
        coalesce(sum(effective_cost) filter (charge_date >= $start_date::date), 0) as observed_cost,
    from usage_days
    group by all
)
select
    u.provider, u.billing_account_id, u.sub_account_id, u.resource_id, u.currency,
    d.resource_name,
    coalesce(d.team, a.team) as team,
    coalesce(d.product, a.product) as product,
    coalesce(d.environment, a.environment) as environment,
    coalesce(is_non_production(coalesce(d.environment, a.environment)), false) as is_non_production,
    coalesce(d.first_seen, u.first_used) as first_seen,
    u.last_seen,
    u.observed_cost,
    per_month(u.observed_cost, u.first_at, $end_date::date) as monthly_cost,
from used as u
left join described as d
    on d.resource_id = u.resource_id and d.provider = u.provider and d.sub_account_id is not distinct from u.sub_account_id
left join accounts as a on a.sub_account_id = u.sub_account_id
