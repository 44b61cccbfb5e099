-- How much of each commitment is paid but not yet used up? Cash minus accrual, cumulated: a prepaid asset, 0 at the end of the term.
--
-- grain:   one row per commitment_id, charge_date, billing_currency
-- params:
--   $commitment varchar default null  commitment_id
-- columns:
--   commitment_id        varchar
--   charge_date          date
--   billing_currency     varchar
--   billed_cost          decimal(38, 15)  cash: purchases of the day
--   effective_cost       decimal(38, 15)  accrual: used and unused part of the day
--   cumulative_billed    decimal(38, 15)
--   cumulative_effective decimal(38, 15)
--   prepaid_balance      decimal(38, 15)  negative when the purchase lies before the data
-- source:  mart daily; specs/commitments.md section 1, identity I3 of specs/focus.md section 7
-- scope:   team

with days as (
    select
        commitment_id,
        charge_date,
        billing_currency,
        coalesce(sum(billed_cost) filter (row_class = 'principal'), 0) as billed_cost,
        coalesce(sum(effective_cost) filter (row_class in ('used', 'unused')), 0) as effective_cost,
    from daily
    where commitment_id is not null
        and ($commitment::varchar is null or commitment_id = $commitment::varchar)
    group by all
)
select
    commitment_id,
    charge_date,
    billing_currency,
    billed_cost,
    effective_cost,
    sum(billed_cost) over w as cumulative_billed,
    sum(effective_cost) over w as cumulative_effective,
    sum(billed_cost) over w - sum(effective_cost) over w as prepaid_balance,
from days
window w as (partition by commitment_id, billing_currency order by charge_date)
order by commitment_id, billing_currency, charge_date
