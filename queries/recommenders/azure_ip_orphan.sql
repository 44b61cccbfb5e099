-- Which static public addresses may be attached to nothing?
--
-- Addresses whose name contains that of a machine, balancer or gateway charged in the same resource group are taken as attached.
--
-- rule:
--   id         az.ip.orphan
--   class      D
--   effort     S
--   risk       l
--   step       eliminate
--   reach      estate
--   action     Check the attachment; delete the address if nothing uses it.
-- params:
--   $start_date date  first day of the look-back, inclusive (UTC)
--   $end_date   date  last day, exclusive (UTC)
-- source:  meter Static Public IP; the bill does not say whether an address is attached

with addresses as (
    select distinct sub_account_id, resource_id, split_part(lower(resource_id), '/', 5) as resource_group, split_part(lower(resource_id), '/', -1) as name,
    from usage_days
    where provider = 'azure' and charge_date >= $start_date::date and regexp_matches(resource_id, '(?i)/microsoft\.network/publicipaddresses/')
),
others as (
    select distinct sub_account_id, split_part(lower(resource_id), '/', 5) as resource_group, split_part(lower(resource_id), '/', -1) as name,
    from usage_days
    where provider = 'azure' and charge_date >= $end_date::date - 14
        and regexp_matches(resource_id, '(?i)/(virtualmachines|loadbalancers|applicationgateways|natgateways|virtualnetworkgateways|azurefirewalls|bastionhosts)/')
),
linked as (
    select distinct a.resource_id
    from addresses as a
    inner join others as o
        on o.sub_account_id = a.sub_account_id and o.resource_group = a.resource_group and length(o.name) > 2 and contains(a.name, o.name)
)
select
    provider, billing_account_id, sub_account_id, region_id, service_name, resource_id, currency,
    sum(effective_cost)::decimal(38, 15) as observed_cost,
    per_month(sum(effective_cost), min(first_at), $end_date::date) as monthly_cost,
    per_month(sum(effective_cost), min(first_at), $end_date::date) as monthly_saving,
    'rows' as price_source,
    list(distinct raw_meter order by raw_meter) as meters,
    min(charge_date) as first_day,
    printf('%s address hours; no resource of its group bears its name', sum(quantity)::decimal(18, 1)::varchar) as explanation,
from usage_days
where provider = 'azure' and charge_date >= $start_date::date
    and regexp_matches(resource_id, '(?i)/microsoft\.network/publicipaddresses/') and regexp_matches(meter, '(?i)static')
    and resource_id not in (select resource_id from linked)
group by all
having sum(effective_cost) > 0
order by provider, sub_account_id, resource_id, currency
