-- Which invoice mixes currencies?
--
-- grain:   one row per invoice_issuer, billing_account_id, invoice_id; no row when sound
-- columns:
--   severity            varchar    warning
--   invoice_issuer      varchar
--   billing_account_id  varchar
--   invoice_id          varchar
--   currencies          varchar[]
-- source:  mart daily; specs/reconciliation.md section 2

select
    'warning' as severity,
    invoice_issuer,
    billing_account_id,
    invoice_id,
    list_sort(list(distinct billing_currency)) as currencies,
from daily
where invoice_id is not null
group by invoice_issuer, billing_account_id, invoice_id
having count(distinct billing_currency) > 1
order by invoice_issuer, billing_account_id, invoice_id
