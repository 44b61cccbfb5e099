-- Which forecasts, anomalies, recommendations and alerts does the provider itself give?
--
-- grain: one row per staged row
-- source: AWS Cost Explorer, Azure Cost Management (specs/exports.md); files of rows written by collectors
select
    coalesce(provider, error('a provider finding has no provider')) as provider,
    coalesce(billing_account_id, '') as billing_account_id,
    case
        when kind in ('forecast', 'anomaly', 'recommendation', 'alert') then kind
        else error('provider finding ' || coalesce(finding_id, '?') || ': kind ' || coalesce(kind, '(none)')
            || ' is not one of forecast, anomaly, recommendation, alert')
    end as kind,
    coalesce(finding_id, '') as finding_id,
    period_start,
    period_end,
    amount,
    lower_amount,
    upper_amount,
    upper(currency) as currency,
    service,
    sub_account_id,
    region,
    title,
    detail,
    coalesce(observed_at, error('provider finding ' || kind || ' ' || coalesce(finding_id, '?') || ' has no readable observed_at')) as observed_at,
from staged
