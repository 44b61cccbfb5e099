-- What does the provider itself say that each month cost, in each ledger?
--
-- grain: one row per staged row
-- source: AWS Cost Explorer GetCostAndUsage, Azure Cost Management query (specs/exports.md); files of rows written by collectors
select
    coalesce(provider, error('a provider total has no provider')) as provider,
    coalesce(billing_account_id, '') as billing_account_id,
    case
        when regexp_full_match(billing_period, '[0-9]{4}-(0[1-9]|1[0-2])') then billing_period
        else error('a provider total of ' || provider || ' is of no billing_period such as 2026-03: ' || coalesce(billing_period, '(none)'))
    end as billing_period,
    case
        when ledger in ('billed', 'effective', 'net_billed', 'net_effective') then ledger
        else error('provider total ' || provider || ' ' || billing_period || ': ledger ' || coalesce(ledger, '(none)')
            || ' is not one of billed, effective, net_billed, net_effective')
    end as ledger,
    coalesce(group_name, '') as group_name,
    coalesce(group_value, '') as group_value,
    amount,
    coalesce(upper(currency), error('provider total ' || provider || ' ' || billing_period || ' has no currency')) as currency,
    cast(is_estimated as boolean) as is_estimated,
    coalesce(observed_at, error('provider total ' || provider || ' ' || billing_period || ' has no readable observed_at')) as observed_at,
from staged
