-- Where does spend differ from budget, and from the period before?
--
-- positive variance = over plan. Status by the first rule that matches, on exact amounts; limits belong to the good side.
--
-- grain:   one row per charge_month, dimension value, budget, ledger, billing_currency
-- params:
--   $dimension   varchar default team    one of: team, product, environment, account, service, provider, total
--   $start_month varchar default null    first month, inclusive, e.g. 2026-01
--   $end_month   varchar default null    last month, exclusive, e.g. 2027-01
--   $ledger      varchar default accrual one of: accrual, cash; ledger of values without a budget
-- columns:
--   month             varchar          YYYY-MM: charge month on the accrual ledger, billing month on the cash ledger
--   dimension         varchar
--   value             varchar          (none) where the charge has no owner
--   budget            varchar          name of the budget; null where there is none
--   ledger            varchar          accrual: EffectiveCost; cash: BilledCost
--   billing_currency  varchar
--   actual            decimal(38, 15)
--   budget_amount     decimal(38, 15)
--   variance          decimal(38, 15)  actual − budget
--   variance_pct      double           percent of the budget's magnitude
--   status            varchar          on_track, warning, breach, underspend or no_budget; null when currencies differ
--   previous_actual   decimal(38, 15)  the month before
--   change            decimal(38, 15)
--   change_pct        double
--   tolerance_pct     double
--   hard_limit_pct    double
--   materiality       decimal(38, 15)
--   state             varchar          ok, incomplete or not_computable
--   reason            varchar
-- source:  mart daily, table budgets; specs/budgets.md section 2
-- scope:   team

with ledgers as (
    select 'accrual' as ledger, charge_month as month, effective_cost as amount, * exclude (charge_month, effective_cost) from monthly
    union all
    select 'cash' as ledger, billing_period as month, billed_cost as amount, * exclude (charge_month, effective_cost) from monthly
),
sums as (
    select
        ledger,
        month,
        coalesce(case $dimension::varchar
            when 'team' then team when 'product' then product when 'environment' then environment
            when 'account' then sub_account_id when 'service' then service_name when 'provider' then provider else 'total'
        end, '(none)') as value,
        max(case when $dimension::varchar = 'account' then sub_account_name end) as name,
        billing_currency,
        coalesce(sum(amount), 0) as actual,
    from ledgers
    group by all
),
values_seen as (
    select ledger, value, billing_currency, fold_value(value) as value_key, fold_value(max(name)) as name_key from sums group by all
),
actuals as (
    select
        v.*,
        m.charge_month as month,
        coalesce(s.actual, 0) as actual,
        case when lag(m.charge_month) over w = strftime(m.first_day - interval 1 month, '%Y-%m')
            then lag(coalesce(s.actual, 0)) over w end as previous_actual,
    from values_seen as v
    cross join months as m
    left join sums as s
        on s.ledger = v.ledger and s.value = v.value and s.billing_currency = v.billing_currency and s.month = m.charge_month
    window w as (partition by v.ledger, v.value, v.billing_currency order by m.charge_month)
),
plans as (
    select
        budget, month, amount, currency, coalesce(ledger, 'accrual') as ledger, value,
        case when dimension = 'total' then 'total' else fold_value(value) end as value_key,
        coalesce(tolerance_pct, 5) as tolerance_pct, coalesce(hard_limit_pct, 10) as hard_limit_pct, coalesce(materiality, 0) as materiality,
    from budgets
    where dimension = $dimension::varchar and month in (select charge_month from months)
),
budgeted as (
    select
        p.month, coalesce(min(a.value), p.value, 'total') as value, p.budget, p.ledger, p.currency as billing_currency,
        case when count(a.value) > 0 or bool_and(o.value_key is null) then coalesce(sum(a.actual), 0) end as actual,
        sum(a.previous_actual) as previous_actual,
        p.amount, p.tolerance_pct, p.hard_limit_pct, p.materiality, any_value(o.currencies) as other_currencies,
    from plans as p
    left join actuals as a
        on a.ledger = p.ledger and a.month = p.month and a.billing_currency = p.currency
        and (a.value_key = p.value_key or a.name_key = p.value_key)
    left join (
        select ledger, month, value_key, string_agg(distinct billing_currency, ', ') as currencies
        from actuals where actual <> 0 group by all
    ) as o on a.value is null and o.ledger = p.ledger and o.month = p.month and o.value_key = p.value_key
    group by p.month, p.value, p.budget, p.ledger, p.currency, p.amount, p.tolerance_pct, p.hard_limit_pct, p.materiality
),
unbudgeted as (
    select
        a.month, a.value, null as budget, a.ledger, a.billing_currency, a.actual, a.previous_actual,
        null as amount, null as tolerance_pct, null as hard_limit_pct, null as materiality, null as other_currencies,
    from actuals as a
    where a.ledger = $ledger::varchar and (a.actual <> 0 or coalesce(a.previous_actual, 0) <> 0)
        and not exists (
            select 1 from plans as p
            where p.month = a.month and (p.value_key = a.value_key or p.value_key = a.name_key) and p.currency = a.billing_currency
        )
),
compared as (
    select *, actual - amount as variance from (from budgeted union all from unbudgeted)
)
select
    c.month, $dimension::varchar as dimension, c.value, c.budget, c.ledger, c.billing_currency,
    c.actual, cast(c.amount as decimal(38, 15)) as budget_amount, c.variance,
    100 * c.variance / nullif(abs(c.amount), 0) as variance_pct,
    case
        when c.amount is null then 'no_budget'
        when c.actual is null then null
        when c.amount = 0 and c.actual = 0 then 'on_track'
        when c.amount = 0 then 'no_budget'
        when abs(c.variance) < c.materiality then 'on_track'
        when 100 * abs(c.variance) <= cast(c.tolerance_pct as decimal(9, 4)) * abs(c.amount) then 'on_track'
        when 100 * abs(c.variance) <= cast(c.hard_limit_pct as decimal(9, 4)) * abs(c.amount) then 'warning'
        when c.variance > 0 then 'breach'
        else 'underspend'
    end as status,
    c.previous_actual,
    c.actual - c.previous_actual as change,
    100 * (c.actual - c.previous_actual) / nullif(abs(c.previous_actual), 0) as change_pct,
    cast(c.tolerance_pct as double) as tolerance_pct, cast(c.hard_limit_pct as double) as hard_limit_pct, c.materiality,
    case when c.actual is null then 'not_computable' when not m.is_complete then 'incomplete' else 'ok' end as state,
    case
        when c.actual is null then 'the budget is in ' || c.billing_currency || ', the spend in ' || c.other_currencies || ': no rate'
        when not m.is_complete then coalesce('the month is in flight: data through ' || strftime(m.complete_through, '%Y-%m-%d %H:%M'), 'the month may be in flight')
    end as reason,
from compared as c
inner join months as m on m.charge_month = c.month
where ($start_month::varchar is null or c.month >= $start_month::varchar)
    and ($end_month::varchar is null or c.month < $end_month::varchar)
order by c.month, c.billing_currency, abs(c.variance) desc nulls last, c.actual desc, c.value, c.budget, c.ledger
