-- What is budgeted for each value of a dimension over some months, months to come included?
--
-- A budget without an amount for every one of the months is left out. Values are as the charges spell them; accounts go by id or name.
--
-- grain:   one row per budget, value
-- params:
--   $dimension   varchar  total, provider, account, service, team or product
--   $currency    varchar
--   $start_month varchar  first month, YYYY-MM
--   $end_month   varchar  last month, exclusive
--   $months      integer  number of months
-- columns:
--   budget  varchar
--   value   varchar
--   amount  decimal(38, 15)  in the currency, accrual ledger
-- source:  budgets, daily; specs/budgets.md section 3

with seen as (
    select
        coalesce(case $dimension::varchar
            when 'team' then team when 'product' then product
            when 'account' then sub_account_id when 'service' then service_name when 'provider' then provider else 'total'
        end, '(none)') as value,
        fold_value(max(case when $dimension::varchar = 'account' then sub_account_name end)) as name_key,
    from daily
    where billing_currency = $currency::varchar
    group by 1
),
plans as (
    select
        budget, value,
        case when dimension = 'total' then 'total' else fold_value(value) end as value_key,
        sum(amount) as amount,
    from budgets
    where dimension = $dimension::varchar and currency = $currency::varchar and coalesce(ledger, 'accrual') = 'accrual'
        and month >= $start_month::varchar and month < $end_month::varchar
    group by all
    having count(distinct month) = $months::integer and count(amount) = $months::integer
)
select p.budget, coalesce(min(s.value), p.value, 'total') as value, cast(p.amount as decimal(38, 15)) as amount,
from plans as p
left join seen as s on fold_value(s.value) = p.value_key or s.name_key = p.value_key
group by p.budget, p.value, p.amount
order by p.budget, value
