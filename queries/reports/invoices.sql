-- What is on each invoice? Cash ledger. Rows without an invoice are charged but not yet invoiced.
--
-- grain:   one row per invoice_issuer, billing_account_id, invoice_id, billing_period, billing_currency
-- params:
--   $start_month varchar default null  first billing month, inclusive, e.g. 2026-01
--   $end_month   varchar default null  last billing month, exclusive, e.g. 2027-01
-- columns:
--   billing_period      varchar          YYYY-MM
--   invoice_issuer      varchar
--   billing_account_id  varchar
--   invoice_id          varchar          null: not invoiced
--   billing_currency    varchar
--   billed_cost         decimal(38, 15)  cash ledger
--   tax                 decimal(38, 15)  the part with ChargeCategory Tax
--   credits             decimal(38, 15)  the part with ChargeCategory Credit
--   charge_count        bigint
-- source:  mart daily; specs/reconciliation.md section 2

select
    billing_period,
    invoice_issuer,
    billing_account_id,
    invoice_id,
    billing_currency,
    sum(billed_cost) as billed_cost,
    coalesce(sum(billed_cost) filter (charge_category = 'Tax'), 0) as tax,
    coalesce(sum(billed_cost) filter (charge_category = 'Credit'), 0) as credits,
    cast(sum(charge_count) as bigint) as charge_count,
from monthly
where ($start_month::varchar is null or billing_period >= $start_month::varchar)
    and ($end_month::varchar is null or billing_period < $end_month::varchar)
group by all
order by billing_period, invoice_issuer, billing_account_id, invoice_id, billing_currency
