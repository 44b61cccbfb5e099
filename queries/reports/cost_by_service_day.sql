-- What does each service cost a day? Accrual ledger; charges that span days (tax, monthly fees) are spread over them.
--
-- grain:   one row per charge_date, service_name, billing_currency
-- params:
--   $start_date date default null     first charge day, inclusive (UTC)
--   $end_date   date default null     last charge day, exclusive (UTC)
--   $provider   varchar default null
--   $service    varchar default null
-- columns:
--   charge_date       date             UTC day
--   service_name      varchar
--   billing_currency  varchar
--   effective_cost    decimal(38, 15)
--   spread_cost       decimal(38, 15)  the part that comes from charges of several days
-- source:  mart daily_accrual
-- scope:   team

select
    charge_date,
    service_name,
    billing_currency,
    sum(effective_cost) as effective_cost,
    sum(spread_cost) as spread_cost,
from daily_accrual
where ($start_date::date is null or charge_date >= $start_date::date)
    and ($end_date::date is null or charge_date < $end_date::date)
    and ($provider::varchar is null or provider = $provider::varchar)
    and ($service::varchar is null or service_name = $service::varchar)
group by all
order by charge_date, billing_currency, effective_cost desc nulls last, service_name
