-- Which of Azure's two views of a bill is this file: the actual or the amortised one?
--
-- grain:   one row; dataset is empty when no row of the file tells (nothing committed in it: both views are the same)
-- source:  specs/commitments.md section 5: amortised data price covered usage and hold its unused part, actual data hold the purchase
with rows_of_file as (
    select
        lower(charge_type) as charge_type,
        coalesce(cost_in_billing_currency, cost, pre_tax_cost, extended_cost) as native_cost,
        coalesce(regexp_matches(pricing_model, '(?i)^(reservation|savings ?plans?)$'), pricing_model is null and coalesce(reservation_id, benefit_id) is not null) as committed,
    from staged
)
select
    case
        when bool_or(charge_type like 'unused%') or bool_or(committed and charge_type = 'usage' and native_cost <> 0) then 'AmortizedCost'
        when bool_or(committed and (charge_type = 'purchase' and native_cost <> 0 or charge_type = 'usage' and native_cost = 0)) then 'ActualCost'
        else ''
    end as dataset,
from rows_of_file
