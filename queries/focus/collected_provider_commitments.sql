-- How far was each commitment used in each month, as the provider itself states it?
--
-- grain: one row per staged row; commitment_id is empty for all commitments of a type together
-- source: AWS Cost Explorer utilisation, Azure benefit utilisation summaries (specs/exports.md); files of rows written by collectors
select
    coalesce(provider, error('a provider commitment has no provider')) as provider,
    coalesce(billing_account_id, '') as billing_account_id,
    case
        when regexp_full_match(billing_period, '[0-9]{4}-(0[1-9]|1[0-2])') then billing_period
        else error('a provider commitment of ' || provider || ' is of no billing_period such as 2026-03: ' || coalesce(billing_period, '(none)'))
    end as billing_period,
    coalesce(commitment_id, '') as commitment_id,
    coalesce(commitment_type, '') as commitment_type,
    commitment_name,
    total_commitment,
    used_commitment,
    unused_commitment,
    unit,
    utilization_pct,
    on_demand_cost,
    amortized_cost,
    net_savings,
    upper(currency) as currency,
    coalesce(observed_at, error('provider commitment ' || provider || ' ' || billing_period || ' has no readable observed_at')) as observed_at,
from staged
