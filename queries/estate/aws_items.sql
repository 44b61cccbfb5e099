-- Which usage line items does AWS deliver for one month, daily and hourly ones together?
--
-- grain:   one row per line item; reads the tables usage_days and aws_hours of the connection
with days as (
    select
        'Usage' as line_type, owner_id, owner_name, charge_day::timestamp as start_at, charge_day::timestamp + interval 1 day as end_at,
        service_code, service_name,
        case when region = 'eu-west-1' and service_code <> 'northlight' then 'EU-' when region = 'eu-central-1' and service_code <> 'northlight' then 'EUC1-' else '' end || meter as meter,
        operation, family as product_family, regexp_extract(meter, ':([a-z0-9.]+xl[a-z]*)$', 1) as instance_type,
        '' as instance_family, region, resource_id, unit, amount::decimal(28, 10) as usage_amount, price as rate, cost,
        case when meter like 'SpotUsage%' then (cost * 2.7)::decimal(28, 10) else cost end as od_cost,
        case when meter like 'SpotUsage%' then (price * 2.7)::decimal(18, 10) else price end as od_rate,
        case when is_tagged then tags || case when line = 'ec2-spot' and exists (
            from estate.event_days as e where e.event = 'planned-load' and e.charge_day = usage_days.charge_day and e.owner_id = usage_days.owner_id)
            then [{'key': 'user_change', 'value': 'CHG-4471'}] else [] end
        end as tags,
        case when service_code = 'northlight' then 'AWS Marketplace' else 'AWS' end as entity,
        case when service_code = 'northlight' then 'Northlight Observability, Inc.' else 'Amazon Web Services EMEA SARL' end as seller,
    from usage_days
)
from days
union all by name
select *, 'AWS' as entity, 'Amazon Web Services EMEA SARL' as seller from aws_hours
