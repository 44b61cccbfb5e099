-- What is each account called, where does it stand and which tags does it carry?
--
-- grain: one row per staged row
-- source: AWS Organizations, Google Cloud Billing (specs/exports.md); files of rows written by collectors
select
    coalesce(provider, error('an account name has no provider')) as provider,
    coalesce(billing_account_id, '') as billing_account_id,
    coalesce(account_id, error('an account name has no account_id')) as account_id,
    account_name,
    account_type,
    parent_path,
    status,
    coalesce(tags, map {}) as tags,
    coalesce(observed_at, error('the name of account ' || account_id || ' has no readable observed_at')) as observed_at,
from staged
