-- Which delivery does not add up: delivered cost against what is stored?
--
-- grain:   one row per source, billing_period, version, currency, ledger that differs; no row when sound
-- columns:
--   severity        varchar          error
--   source          varchar
--   billing_period  varchar
--   version         integer
--   currency        varchar
--   ledger          varchar          cash or accrual
--   delivered       decimal(38, 15)  sum of the provider's own figures
--   stored          decimal(38, 15)
--   difference      decimal(38, 15)  stored − delivered
-- source:  lake_totals; identity I9 of specs/focus.md section 7

with pairs as (
    select source, billing_period, version, currency, 'cash' as ledger, delivered_billed as delivered, billed_cost as stored from lake_totals
    union all
    select source, billing_period, version, currency, 'accrual', delivered_effective, effective_cost from lake_totals
)
select
    'error' as severity,
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
