-- What did each scope that is forecast cost between two days, exactly?
--
-- grain:   one row per level, provider, account, service, team, product
-- params:
--   $currency    varchar                  billing currency
--   $start_date  date default null        first charge day, inclusive (UTC)
--   $end_date    date default null        last charge day, exclusive (UTC)
-- columns:
--   level           varchar          total, provider, account, service, team or product
--   provider        varchar          of levels provider, account and service
--   account         varchar          sub_account_id
--   account_name    varchar
--   service         varchar
--   team            varchar          null at level team: nobody owns it
--   product         varchar
--   effective_cost  decimal(38, 15)  accrual ledger
-- source:  daily; specs/forecast.md section 1
-- scope:   team

with scoped as (
    select
        case
            when grouping(team) = 0 then 'team'
            when grouping(product) = 0 then 'product'
            when grouping(sub_account_id) = 0 then 'account'
            when grouping(service_name) = 0 then 'service'
            when grouping(provider) = 0 then 'provider'
            else 'total'
        end as level,
        provider, sub_account_id, service_name, team, product,
        max(sub_account_name) as sub_account_name,
        sum(effective_cost) as effective_cost,
    from daily
    where billing_currency = $currency::varchar
        and ($start_date::date is null or charge_date >= $start_date::date)
        and ($end_date::date is null or charge_date < $end_date::date)
    group by grouping sets ((), (provider), (provider, sub_account_id), (provider, service_name), (team), (product))
)
select
    level,
    provider,
    sub_account_id as account,
    case when level = 'account' then sub_account_name end as account_name,
    service_name as service,
    team,
    product,
    cast(effective_cost as decimal(38, 15)) as effective_cost,
from scoped
where effective_cost is not null
order by level, provider, account, service, team, product
