-- What did each day cost when charges that span days (tax, monthly fees) are spread over their days?
--
-- A charge is spread evenly over its days within the calendar month it starts in, to the last digit; month totals stay as they are.
--
-- grain:   one row per charge_date and the text columns below
-- columns:
--   charge_date       date
--   billing_currency  varchar
--   provider          varchar
--   sub_account_id    varchar
--   service_name      varchar
--   team              varchar
--   product           varchar
--   environment       varchar
--   effective_cost    decimal(38, 15)  accrual ledger
--   spread_cost       decimal(38, 15)  the part of it that comes from charges of several days
-- source:  daily; specs/reconciliation.md section 1 item 6

with spanning as (
    select
        * exclude (spans_days),
        cast(least(spans_days, date_diff('day', charge_date, last_day(charge_date)) + 1) as integer) as days,
        cast(replace(cast(cast(effective_cost as decimal(38, 15)) as varchar), '.', '') as hugeint) as minor_units,
    from daily
    where spans_days > 1
),
spread as (
    select
        *,
        unnest(range(days)) as day,
    from spanning
),
parts as (
    select
        cast(charge_date + cast(day as integer) as date) as charge_date,
        billing_currency, provider, sub_account_id, service_name, team, product, environment,
        cast(((minor_units * (day + 1)) // days - (minor_units * day) // days) as decimal(38, 0)) as minor_units,
    from spread
),
rows_of_days as (
    select
        charge_date,
        billing_currency, provider, sub_account_id, service_name, team, product, environment,
        effective_cost,
        cast(0 as decimal(38, 15)) as spread_cost,
    from daily
    where spans_days = 1
    union all
    select
        * exclude (minor_units),
        cast(minor_units * 0.000000000000001::decimal(16, 15) as decimal(38, 15)) as effective_cost,
        cast(minor_units * 0.000000000000001::decimal(16, 15) as decimal(38, 15)) as spread_cost,
    from parts
)
select * exclude (effective_cost, spread_cost), sum(effective_cost) as effective_cost, sum(spread_cost) as spread_cost
from rows_of_days
group by all
order by charge_date, provider, sub_account_id, service_name
