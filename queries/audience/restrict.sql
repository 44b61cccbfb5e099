-- Takes everything out of the tables that reports are fed with that the teams of `owned_teams` do not own. Runs before the marts.
--
-- What no owner can be told of goes as a whole: totals, commitments and findings of a provider, allocations of a cluster, invoices.
-- Deliveries stay for their dates.

delete from budgets where dimension <> 'team' or value not in (select team from owned_teams);
delete from business_metrics where dimensions['team'] is null or dimensions['team'] not in (select team from owned_teams);
delete from account_names where account_key(account_id) not in (select account_key(sub_account_id) from owned_rows);
delete from account_dimensions where account_key(sub_account_id) not in (select account_key(sub_account_id) from owned_rows);

delete from provider_totals;
delete from provider_commitments;
delete from provider_coverage;
delete from provider_findings;
delete from kubernetes_allocations;
delete from invoice_totals;
update deliveries set upstream = null, files = null, bytes = null, warnings = [];
