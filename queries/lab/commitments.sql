-- Which commitments does the bill show, what do they cost an hour and when do they end?
--
-- The hourly cost is that of used and unused parts, spread over their charge periods, by day. An end that the bill does not state is null.
--
-- grain:   one row per commitment and currency; `days` holds the cost of each day from $start_date to $end_date
-- params:
--   $start_date date  first day, inclusive (UTC)
--   $end_date   date  last day, exclusive (UTC)
-- source:  charges; specs/commitments.md section 1 (term dates): native export columns, else an upfront purchase with a stated term

with rows_of as (
    select found.*,
    from (
        select null::varchar as x_ProviderName, null::timestamp as x_CommitmentStart, null::timestamp as x_CommitmentEnd, null::varchar as x_Term,
            null::varchar as x_CommitmentTerm, null::varchar as x_CommitmentOffering,
    ) as absent
    cross join lateral (
        select
            cloud_of(coalesce(x_ProviderName, ServiceProviderName)) as provider, CommitmentDiscountId as commitment_id, BillingCurrency as currency,
            concat_ws(' ', CommitmentDiscountType, x_CommitmentOffering) as commitment_type,
            cast(x_CommitmentStart as timestamp) as starts_at, cast(x_CommitmentEnd as timestamp) as ends_at, coalesce(x_CommitmentTerm, x_Term) as term,
            ChargeCategory, ChargeFrequency, CommitmentDiscountStatus, BilledCost, EffectiveCost, ChargePeriodStart, ChargePeriodEnd,
        from charges
        where CommitmentDiscountId is not null and ChargePeriodStart < $end_date::date
    ) as found
),
terms as (
    select
        provider, commitment_id, currency, max(commitment_type) as commitment_type,
        min(starts_at) as stated_start, max(ends_at) as stated_end,
        min(ChargePeriodStart) filter (ChargeCategory = 'Purchase' and ChargeFrequency = 'One-Time' and BilledCost > 0) as bought_at,
        max(months_of(term)) as months,
    from rows_of
    group by all
),
parts as (
    select
        commitment_id, currency, cast(ChargePeriodStart as date) as first_day,
        greatest(1, cast(ceil(epoch(ChargePeriodEnd - ChargePeriodStart) / 86400) as integer)) as span, sum(EffectiveCost) as cost,
    from rows_of
    where ChargeCategory = 'Usage' and CommitmentDiscountStatus in ('Used', 'Unused')
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
    t.provider, t.commitment_id, t.currency, t.commitment_type,
    strftime(coalesce(t.stated_start, t.bought_at), '%Y-%m-%dT%H:%M:%SZ') as starts_at,
    strftime(coalesce(t.stated_end, t.bought_at + to_months(t.months)), '%Y-%m-%dT%H:%M:%SZ') as ends_at,
    l.days,
from terms as t
inner join listed as l on l.commitment_id = t.commitment_id and l.currency = t.currency
order by t.provider, t.commitment_id, t.currency
