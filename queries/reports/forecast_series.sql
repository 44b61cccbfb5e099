-- What did each leaf of the forecast cost on each day? Charges stand whole on the day they start.
--
-- grain:   one row per charge_date, provider, account, service, team, product
-- params:
--   $currency   varchar                  billing currency: one a forecast
--   $end_date   date default null        last charge day, exclusive (UTC)
-- columns:
--   charge_date     date
--   provider        varchar
--   account         varchar          sub_account_id
--   service         varchar
--   team            varchar
--   product         varchar
--   effective_cost  decimal(38, 15)  accrual ledger, all charge categories; charges without a known cost are left out
-- source:  daily; specs/forecast.md section 1

select
    charge_date,
    provider,
    sub_account_id as account,
    service_name as service,
    team,
    product,
    cast(sum(effective_cost) as decimal(38, 15)) as effective_cost,
from daily
where billing_currency = $currency::varchar and ($end_date::date is null or charge_date < $end_date::date)
group by charge_date, provider, sub_account_id, service_name, team, product
having sum(effective_cost) is not null
order by charge_date, provider, account, service, team, product
