-- Does the data add up to each invoice? Cash ledger; invoice totals come from the table invoice_totals.
--
-- difference = data − invoice; one invoice is never netted against another.
--
-- grain:   one row per invoice_issuer, billing_account_id, invoice_id, billing_currency
-- params:
--   $matched_abs decimal(38, 15) default 0.01   largest difference of a match, in the currency
--   $tolerance   decimal(9, 6)   default 0.001  largest difference within tolerance, as a fraction of the invoice
-- columns:
--   invoice_issuer      varchar
--   billing_account_id  varchar
--   invoice_id          varchar          null: charged, not yet invoiced
--   billing_currency    varchar
--   data_cost           decimal(38, 15)  Σ BilledCost
--   invoice_amount      decimal(38, 15)
--   difference          decimal(38, 15)
--   completeness        double           data_cost ÷ invoice_amount
--   state               varchar          open, missing_invoice, missing_in_data, matched, within_tolerance or mismatch
-- source:  mart daily, table invoice_totals; specs/reconciliation.md section 2

with data as (
    select invoice_issuer, billing_account_id, invoice_id, billing_currency, sum(billed_cost) as data_cost
    from monthly
    group by all
),
invoices as (
    select
        issuer, billing_account_id, invoice_id, currency,
        sum(case when voided then 0 else amount end) as amount,
    from invoice_totals
    group by all
),
compared as (
    select
        coalesce(d.invoice_issuer, i.issuer) as invoice_issuer,
        coalesce(d.billing_account_id, i.billing_account_id) as billing_account_id,
        coalesce(d.invoice_id, i.invoice_id) as invoice_id,
        coalesce(d.billing_currency, i.currency) as billing_currency,
        d.data_cost,
        i.amount as invoice_amount,
        coalesce(d.data_cost, 0) - i.amount as difference,
    from data as d
    full join invoices as i
        on i.invoice_id = d.invoice_id and i.currency = d.billing_currency
        and coalesce(i.issuer, d.invoice_issuer, '') = coalesce(d.invoice_issuer, '')
        and coalesce(i.billing_account_id, d.billing_account_id, '') = coalesce(d.billing_account_id, '')
)
select
    invoice_issuer,
    billing_account_id,
    invoice_id,
    billing_currency,
    data_cost,
    cast(invoice_amount as decimal(38, 15)) as invoice_amount,
    cast(difference as decimal(38, 15)) as difference,
    data_cost / nullif(invoice_amount, 0) as completeness,
    case
        when invoice_id is null then 'open'
        when invoice_amount is null then 'missing_invoice'
        when data_cost is null then 'missing_in_data'
        when abs(difference) <= $matched_abs::decimal(38, 15) then 'matched'
        when abs(difference) <= $tolerance::decimal(9, 6) * abs(invoice_amount) then 'within_tolerance'
        else 'mismatch'
    end as state,
from compared
order by billing_currency, invoice_issuer, billing_account_id, invoice_id nulls last
