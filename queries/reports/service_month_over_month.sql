-- Which services grew or shrank against the month before? Accrual ledger.
--
-- grain:   one row per charge_month, service_name, billing_currency
-- params:
--   $start_month varchar default null  first month, inclusive, e.g. 2026-01
--   $end_month   varchar default null  last month, exclusive, e.g. 2027-01
-- columns:
--   charge_month      varchar          YYYY-MM
--   service_name      varchar
--   billing_currency  varchar
--   effective_cost    decimal(38, 15)  accrual ledger
--   previous_cost     decimal(38, 15)  0 where the service had no cost; null where the month before is not in the data
--   change            decimal(38, 15)
--   change_share      double           change ÷ previous_cost
--   state             varchar          ok, or incomplete while the month is in flight
-- source:  marts daily, months
-- scope:   team

with services as (
    select distinct service_name, billing_currency from monthly
),
costs as (
    select charge_month, service_name, billing_currency, sum(effective_cost) as cost from monthly group by all
),
grid as (
    select
        m.charge_month,
        s.service_name,
        s.billing_currency,
        coalesce(c.cost, 0) as effective_cost,
        case when lag(m.charge_month) over w = strftime(m.first_day - interval 1 month, '%Y-%m')
            then lag(coalesce(c.cost, 0)) over w end as previous_cost,
        m.is_complete,
    from months as m
    cross join services as s
    left join costs as c
        on c.charge_month = m.charge_month and c.billing_currency = s.billing_currency
        and c.service_name is not distinct from s.service_name
    window w as (partition by s.service_name, s.billing_currency order by m.charge_month)
)
select
    charge_month,
    service_name,
    billing_currency,
    effective_cost,
    previous_cost,
    effective_cost - previous_cost as change,
    (effective_cost - previous_cost) / nullif(previous_cost, 0) as change_share,
    case when is_complete then 'ok' else 'incomplete' end as state,
from grid
where (effective_cost <> 0 or coalesce(previous_cost, 0) <> 0)
    and ($start_month::varchar is null or charge_month >= $start_month::varchar)
    and ($end_month::varchar is null or charge_month < $end_month::varchar)
order by charge_month, billing_currency, abs(effective_cost - previous_cost) desc nulls last, service_name
