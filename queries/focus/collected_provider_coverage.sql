-- How much of the eligible spend did commitments cover in each month, as the provider itself states it?
--
-- grain: one row per staged row; group_name is empty for the whole of a commitment type
-- source: AWS Cost Explorer coverage (specs/exports.md); files of rows written by collectors
select
    coalesce(provider, error('a provider coverage has no provider')) as provider,
    coalesce(billing_account_id, '') as billing_account_id,
    case
        when regexp_full_match(billing_period, '[0-9]{4}-(0[1-9]|1[0-2])') then billing_period
        else error('a provider coverage of ' || provider || ' is of no billing_period such as 2026-03: ' || coalesce(billing_period, '(none)'))
    end as billing_period,
    coalesce(commitment_type, '') as commitment_type,
    coalesce(group_name, '') as group_name,
    coalesce(group_value, '') as group_value,
    covered_cost,
    on_demand_cost,
    total_cost,
    coverage_pct,
    coalesce(upper(currency), '') as currency,
    coalesce(observed_at, error('provider coverage ' || provider || ' ' || billing_period || ' has no readable observed_at')) as observed_at,
from staged
