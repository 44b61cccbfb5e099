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

with valued as (
    select charge_date, 'total' as dimension, 'total' as value, billing_currency, sum(effective_cost) as effective_cost
    from daily_accrual group by all
    union all
    select charge_date, 'team' as dimension, team as value, billing_currency, sum(effective_cost) as effective_cost
    from daily_accrual group by all
    union all
    select charge_date, 'product' as dimension, product as value, billing_currency, sum(effective_cost) as effective_cost
    from daily_accrual group by all
    union all
    select charge_date, 'environment' as dimension, environment as value, billing_currency, sum(effective_cost) as effective_cost
    from daily_accrual group by all
    union all
    select charge_date, 'account' as dimension, sub_account_id as value, billing_currency, sum(effective_cost) as effective_cost
    from daily_accrual group by all
    union all
    select charge_date, 'service' as dimension, service_name as value, billing_currency, sum(effective_cost) as effective_cost
    from daily_accrual group by all
    union all
    select charge_date, 'provider' as dimension, provider as value, billing_currency, sum(effective_cost) as effective_cost
    from daily_accrual group by all
)
select charge_date, dimension, value, fold_value(value) as value_key, billing_currency, effective_cost
from valued
where value is not null
order by dimension, charge_date
