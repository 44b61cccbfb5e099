-- What does a source deliver a day?
--
-- grain:   one row per source and billing_currency
-- columns:
--   source            varchar
--   billing_currency  varchar
--   daily_cost        decimal(38, 4)  accrual ledger, mean of the four weeks that end with its newest complete day
-- source:  daily, lake_versions

with newest as (
    select source, cast(max(complete_through) as date) as end_date from lake_versions group by source
)
select
    d.source,
    d.billing_currency,
    cast(sum(d.effective_cost) / 28 as decimal(38, 4)) as daily_cost,
from daily as d
inner join newest as n on n.source = d.source
where d.charge_date >= n.end_date - 28 and d.charge_date < n.end_date and d.charge_category = 'Usage' and d.billing_currency is not null
group by d.source, d.billing_currency
order by d.source, daily_cost desc
