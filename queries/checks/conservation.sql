-- Which delivery does not add up: delivered cost against what is stored?
--
-- grain:   one row per source, billing_period, version, currency, ledger that differs; no row when sound
-- columns:
--   severity        varchar          error on the cash ledger, warning on the accrual ledger
--   source          varchar
--   billing_period  varchar
--   version         integer
--   currency        varchar
--   ledger          varchar          cash or accrual
--   delivered       decimal(38, 15)  sum of the provider's own figures
--   stored          decimal(38, 15)
--   difference      decimal(38, 15)  stored − delivered
-- source:  lake_versions; identity I9 of specs/focus.md section 7

with pairs as (
    select 'error' as severity, 'cash' as ledger, delivered_billed as delivered, billed_cost as stored, * exclude (billed_cost) from lake_versions
    union all by name
    select 'warning' as severity, 'accrual' as ledger, delivered_effective as delivered, effective_cost as stored, * exclude (billed_cost) from lake_versions
)
select
    severity,
    source,
    billing_period,
    version,
    currency,
    ledger,
    delivered,
    stored,
    stored - delivered as difference,
from pairs
where delivered <> stored
order by source, billing_period, version, currency, ledger
