-- Which account's month is in the lake twice, delivered by two sources?
--
-- grain:   one row per billing_account_id, billing_period, provider; no row when sound
-- columns:
--   severity            varchar    error
--   billing_account_id  varchar
--   billing_period      varchar
--   provider            varchar
--   sources             varchar[]
--   billed_cost         map(varchar, decimal(38, 15))  per source
-- source:  mart daily; specs/reconciliation.md section 1 item 4

with sources as (
    select billing_account_id, billing_period, provider, source, sum(billed_cost) as billed_cost
    from daily
    where billing_account_id is not null
    group by all
)
select
    'error' as severity,
    billing_account_id,
    billing_period,
    provider,
    list(source order by source) as sources,
    map_from_entries(list({'key': source, 'value': billed_cost} order by source)) as billed_cost,
from sources
group by billing_account_id, billing_period, provider
having count(*) > 1
order by billing_account_id, billing_period, provider
