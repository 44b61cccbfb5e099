-- Leaves of what the rules found only what is surely these teams' own: on a resource, else in an account, that nobody else is charged for.
--
-- Tables owned_resources and owned_accounts of a warehouse of some teams (src/pipeline/audience.ts).

delete from recommender_findings
where case
    when resource_id is not null then not exists (
        select 1 from owned_resources as o
        where o.resource_id = recommender_findings.resource_id and o.sub_account_id is not distinct from recommender_findings.sub_account_id
    )
    else sub_account_id is null or sub_account_id not in (select sub_account_id from owned_accounts where sub_account_id is not null)
end;
