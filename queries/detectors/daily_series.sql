-- What did every account, service and team spend on each day, as anomaly detection reads it?
--
-- Usage, tax and adjustments of several days are spread over their days: a tax line dated on the first follows the whole month.
-- Purchases and credits stay on their day: recurring ones are judged against their own kind. What a commitment left unused is left out: it
-- mirrors the usage that it covers, and is judged as utilisation. Amounts that no source states are left out.
--
-- grain:   one row per date and the text columns
-- params:
--   $currency varchar  billing currency, for example USD; one a run, currencies are never added
-- columns:
--   date             date
--   provider         varchar
--   account          varchar            SubAccountId
--   service          varchar
--   team             varchar            owner by tags, else of the account; empty for nobody
--   region           varchar
--   usage_type       varchar            ResourceType, the finest kind that the marts keep
--   charge_category  varchar
--   cost             decimal(28, 9)     accrual ledger (EffectiveCost)
-- source:  daily; specs/anomalies.md section 1

with charged as (
    select
        *,
        case
            when spans_days > 1 and charge_category in ('Usage', 'Tax', 'Adjustment')
            then least(spans_days, date_diff('day', charge_date, last_day(charge_date)) + 1)
            else 1
        end as days,
    from daily
    where billing_currency = $currency::varchar and effective_cost is not null and row_class <> 'unused'
),
days_of as (
    select *, unnest(range(days)) as day from charged
)
select
    cast(charge_date + cast(day as integer) as date) as date,
    coalesce(provider, '') as provider,
    coalesce(sub_account_id, '') as account,
    coalesce(service_name, '') as service,
    coalesce(team, '') as team,
    coalesce(region_id, '') as region,
    coalesce(resource_type, '') as usage_type,
    coalesce(charge_category, '') as charge_category,
    cast(sum(effective_cost / days) as decimal(28, 9)) as cost,
from days_of
group by all
order by all
