-- What did each owner, account, service and provider cost on each day, charges of several days spread?
--
-- grain:   one row per charge_date, dimension, value, billing_currency
-- columns:
--   charge_date       date
--   dimension         varchar          total, team, product, environment, account, service or provider
--   value             varchar          total, or a value; charges without one are left out
--   value_key         varchar          value with spelling folded
--   billing_currency  varchar
--   effective_cost    decimal(38, 15)  accrual ledger
-- source:  daily_accrual

with summed as (
    select
        charge_date, billing_currency, team, product, environment, sub_account_id, service_name, provider,
        case grouping(team, product, environment, sub_account_id, service_name, provider)
            when 31 then 'team' when 47 then 'product' when 55 then 'environment' when 59 then 'account' when 61 then 'service'
            when 62 then 'provider' else 'total'
        end as dimension,
        sum(effective_cost) as effective_cost,
    from daily_accrual
    group by grouping sets (
        (charge_date, billing_currency), (charge_date, billing_currency, team), (charge_date, billing_currency, product),
        (charge_date, billing_currency, environment), (charge_date, billing_currency, sub_account_id),
        (charge_date, billing_currency, service_name), (charge_date, billing_currency, provider)
    )
),
valued as (
    select
        * exclude (team, product, environment, sub_account_id, service_name, provider),
        case when dimension = 'total' then 'total' else coalesce(team, product, environment, sub_account_id, service_name, provider) end as value,
    from summed
)
select charge_date, dimension, value, fold_value(value) as value_key, billing_currency, effective_cost
from valued
where value is not null
order by dimension, charge_date
