-- Which savings of the ledger are surely of these teams?
--
-- grain:   one row per saving on a resource, else in an account, that nobody else is charged for
-- columns:
--   finding_id varchar
-- source:  table ledger_places (finding_id, sub_account_id, resource_id); owned_resources and owned_accounts of a warehouse of some teams

select p.finding_id,
from ledger_places as p
where case
    when p.resource_id is not null then exists (
        select 1 from owned_resources as o
        where o.resource_id = p.resource_id and o.sub_account_id is not distinct from p.sub_account_id
    )
    else coalesce(p.sub_account_id in (select sub_account_id from owned_accounts), false)
end
order by p.finding_id
