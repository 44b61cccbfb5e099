-- Resources and accounts whose charges, in all months, are owned by the teams of `owned_teams` and by nobody else.
--
-- Table `whole` is the attached warehouse of everyone. A resource that changed its owner belongs to nobody alone.

create table owned_resources as
select sub_account_id, resource_id,
from whole.resources
group by all
having bool_and(coalesce(team in (select team from owned_teams), false));

create table owned_accounts as
select sub_account_id,
from whole.daily
where sub_account_id is not null
group by all
having bool_and(coalesce(team in (select team from owned_teams), false));
