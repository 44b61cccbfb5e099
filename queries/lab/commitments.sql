-- Which commitments does the bill show, what do they cost an hour and when do they end?
--
-- The hourly cost is that of used and unused parts, spread over their charge periods, by day. An end that the bill does not state is null.
--
-- grain:   one row per commitment and currency; `days` holds the cost of each day from $start_date to $end_date
-- params:
--   $start_date date  first day, inclusive (UTC)
--   $end_date   date  last day, exclusive (UTC)
-- source:  charges, commitment_terms()

with parts as (
    select
        CommitmentDiscountId as commitment_id, BillingCurrency as currency, cast(ChargePeriodStart as date) as first_day,
        greatest(1, cast(ceil(epoch(ChargePeriodEnd - ChargePeriodStart) / 86400) as integer)) as span, sum(EffectiveCost) as cost,
    from charges
    where ChargePeriodStart < $end_date::date and CommitmentDiscountId is not null
        and ChargeCategory = 'Usage' and CommitmentDiscountStatus in ('Used', 'Unused')
    group by all
),
spread as (
    select commitment_id, currency, date_diff('day', $start_date::date, first_day) + unnest(range(span)) as day, cost / span as cost,
    from parts
),
days as (
    select commitment_id, currency, day, sum(cost)::double as cost,
    from spread
    where day >= 0 and day < date_diff('day', $start_date::date, $end_date::date)
    group by all
),
calendar as (
    select commitment_id, currency, unnest(range(date_diff('day', $start_date::date, $end_date::date))) as day,
    from (select distinct commitment_id, currency from days)
),
listed as (
    select commitment_id, currency, list(coalesce(cost, 0) order by day) as days,
    from calendar
    left join days using (commitment_id, currency, day)
    group by all
)
select
    cloud_of(t.provider) as provider, t.commitment_id, t.billing_currency as currency, t.commitment_type,
    strftime(t.starts_at, '%Y-%m-%dT%H:%M:%SZ') as starts_at,
    strftime(t.ends_at, '%Y-%m-%dT%H:%M:%SZ') as ends_at,
    l.days,
from commitment_terms() as t
inner join listed as l on l.commitment_id = t.commitment_id and l.currency = t.billing_currency
order by provider, t.commitment_id, currency
