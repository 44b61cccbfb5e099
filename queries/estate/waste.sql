-- Which waste is planted, resource by resource, and what does it cost a month?
--
-- grain:   one row per wasteful resource; monthly_cost at the prices of the estate, in billing currency
select
    waste as rule, provider as source, owner_id as account_id, service_name as service, meter as usage_type, resource_id,
    case when provider = 'azure' then 'EUR' else 'USD' end as currency,
    case
        when shape = 'hours' then price::double * 730
        -- the sustained-use discount that gcp_charges.sql credits
        when line = 'g-n1-core' then monthly * share * 0.8
        else monthly * share
    end::decimal(18, 2) as monthly_cost,
from estate.resources
where waste is not null
union all
select
    'aws.commit.unused', 'aws', owner_id, service_name, meter, arn, 'USD',
    (hourly * 730 * greatest(0, bought - (select count(*) from estate.fleet_members as m where m.fleet = p.fleet and m.n < ceil(m.members * m.keep_share))))::decimal(18, 2),
from estate.plan_terms as p
where instrument = 'ri' and bought > (select count(*) from estate.fleet_members as m where m.fleet = p.fleet and m.n < ceil(m.members * m.keep_share))
union all
select
    'az.commit.unused', 'azure', null, 'Virtual Machines', name, '/providers/microsoft.capacity/reservationorders/' || order_id || '/reservations/' || benefit, 'EUR',
    (rate * 730 * (bought - case when refund_day is null then 0 else 1 end - (select count(*) from estate.resources as r where r.line = c.line)))::decimal(18, 2),
from estate.commitments_azure as c
where kind = 'ri' and bought - case when refund_day is null then 0 else 1 end > (select count(*) from estate.resources as r where r.line = c.line)
order by rule, resource_id
