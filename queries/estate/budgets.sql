-- What did the sample company plan for each team, product and account?
--
-- grain:   one row per budget and month (one row for a year where month = YYYY)
-- params:
--   $seed bigint
-- source:  the estate's own accrual spend times a planning error; some budgets are clearly wrong on purpose
with spent as (
    select month, currency, 'team' as dimension, team as value, sum(effective) as effective from estate.spend group by all
    union all
    select month, currency, 'product', product, sum(effective) from estate.spend where product <> 'shared' group by all
    union all
    select month, currency, 'account', owner_id, sum(effective) from estate.spend
    where owner_id in ('410927463102', '410927463611', '6f1c2a10-44d1-4c0e-9d5b-0a1b6f3e0001', 'hf-insights-prod') group by all
),
planned as (
    select
        *,
        avg(effective) over (partition by dimension, value, currency order by month rows between 3 preceding and 1 preceding) as before,
        case value when 'mobile' then 0.82 when 'driver-app' then 0.84 when 'data' then 0.95 when 'security' then 1.14 else 1.01 end as stance,
    from spent
)
select
    upper(dimension[1]) || dimension[2:] || ' ' || value || ' ' || currency as budget, dimension, value, month,
    (round((0.7 * effective::double + 0.3 * coalesce(before, effective)::double) * stance * (0.98 + 0.04 * estate.unit(dimension || value || month, $seed::varchar)) / 50) * 50)::decimal(18, 2) as amount,
    currency, 'accrual' as ledger, 5 as tolerance_pct, 10 as hard_limit_pct, case when dimension = 'account' then 500 else 250 end as materiality, null::varchar as phasing,
from planned
where effective > 2000
union all
select
    'Company ' || left(month, 4) || ' ' || currency, 'total', 'total', left(month, 4), (round(sum(effective)::double / count(distinct month) * 12 * 1.03 / 1000) * 1000)::decimal(18, 2),
    currency, 'accrual', 5, 10, 5000, '7.6;7.7;7.9;8.0;8.1;8.2;8.2;8.3;8.6;8.8;9.1;9.5',
from estate.spend
where left(month, 4) = (select max(left(month, 4)) from estate.spend)
group by left(month, 4), currency
order by 2, 3, 6, 4
