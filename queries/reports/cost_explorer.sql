-- What was spent, by any attribute, in total, by month or by day? Both ledgers side by side, never added.
--
-- grain:   one row per period, group_value, billing_currency
-- params:
--   $group_by   varchar default service  one of: service, provider, account, billing_account, category, subcategory, region, resource_type, charge_category, charge_class, charge_frequency, pricing_category, row_class, commitment_type, invoice_issuer, team, product, environment, source, total
--   $grain      varchar default total    one of: total, month, billing_month, day
--   $provider   varchar default null
--   $account    varchar default null     sub_account_id
--   $service    varchar default null
--   $category   varchar default null     service_category
--   $region     varchar default null
--   $team       varchar default null     (none) selects cost without a team
--   $product    varchar default null
--   $environment varchar default null
--   $charge_category varchar default null
--   $start_date date default null        first charge day, inclusive (UTC)
--   $end_date   date default null        last charge day, exclusive (UTC)
-- columns:
--   period            varchar          YYYY-MM-DD, YYYY-MM or total; day and month of ChargePeriodStart
--   group_value       varchar          (none) where the charge has no such value
--   billing_currency  varchar
--   billed_cost       decimal(38, 15)  cash ledger
--   effective_cost    decimal(38, 15)  accrual ledger
--   share             double           of the effective cost of the period in this currency
--   charge_count      bigint
-- source:  marts monthly and daily
-- scope:   team

with costs as (
    select * from costs_between($start_date::date, $end_date::date) where $grain::varchar <> 'day'
    union all by name
    select * exclude (version, spans_days) from daily
    where $grain::varchar = 'day' and ($start_date::date is null or charge_date >= $start_date::date)
        and ($end_date::date is null or charge_date < $end_date::date)
),
grouped as (
    select
        case $grain::varchar when 'month' then charge_month when 'billing_month' then billing_period when 'total' then 'total' end as span,
        case $grain::varchar when 'day' then charge_date end as day,
        coalesce(case $group_by::varchar
            when 'service' then service_name when 'provider' then provider when 'account' then sub_account_id
            when 'billing_account' then billing_account_id when 'category' then service_category
            when 'subcategory' then service_subcategory when 'region' then region_id when 'resource_type' then resource_type
            when 'charge_category' then charge_category when 'charge_class' then charge_class
            when 'charge_frequency' then charge_frequency when 'pricing_category' then pricing_category
            when 'row_class' then row_class when 'commitment_type' then commitment_type
            when 'invoice_issuer' then invoice_issuer when 'team' then team when 'product' then product
            when 'environment' then environment when 'source' then source else 'total'
        end, '(none)') as group_value,
        billing_currency,
        sum(billed_cost) as billed_cost,
        sum(effective_cost) as effective_cost,
        sum(charge_count) as charge_count,
    from costs
    where ($provider::varchar is null or provider = $provider::varchar)
        and ($account::varchar is null or sub_account_id = $account::varchar)
        and ($service::varchar is null or service_name = $service::varchar)
        and ($category::varchar is null or service_category = $category::varchar)
        and ($region::varchar is null or region_id = $region::varchar)
        and ($team::varchar is null or coalesce(team, '(none)') = $team::varchar)
        and ($product::varchar is null or coalesce(product, '(none)') = $product::varchar)
        and ($environment::varchar is null or coalesce(environment, '(none)') = $environment::varchar)
        and ($charge_category::varchar is null or charge_category = $charge_category::varchar)
    group by all
)
select
    coalesce(span, strftime(day, '%Y-%m-%d')) as period,
    group_value,
    billing_currency,
    billed_cost,
    effective_cost,
    effective_cost / nullif(sum(effective_cost) over (partition by span, day, billing_currency), 0) as share,
    cast(charge_count as bigint) as charge_count,
from grouped
order by period, billing_currency, effective_cost desc nulls last, group_value
