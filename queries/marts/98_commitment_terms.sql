-- When does each commitment run, and what does it cost an hour? Reads the charges when it is asked; run after the other marts.
--
-- Sources of an end, in order: what the native export states; an upfront purchase with a stated term; else null, never a guessed year
-- (specs/commitments.md section 1). A purchase may carry the id of the order, usage that of a part of it: the order tells them together.
-- The columns of `absent` stand in where no provider has them.

-- Months of a term as exports write it: 1yr, 3 Years, P1Y, 12, 36 Months. Null for anything else.
create or replace macro months_of(term) as case
    when regexp_matches(term, '(?i)^\s*p?[135]\s*y') then 12 * cast(regexp_extract(term, '[135]') as integer)
    when regexp_matches(term, '(?i)^\s*(12|36|60)\s*(m.*)?$') then cast(regexp_extract(term, '(12|36|60)') as integer)
end;

create or replace macro commitment_terms() as table
    with found as (
        select stated.*,
        from (
            select null::timestamp as x_CommitmentStart, null::timestamp as x_CommitmentEnd, null::varchar as x_Term,
                null::varchar as x_CommitmentTerm, null::varchar as x_CommitmentOffering, null::varchar as x_CommitmentPaymentOption,
        ) as absent
        cross join lateral (
            select
                CommitmentDiscountId as commitment_id,
                coalesce(nullif(regexp_extract(CommitmentDiscountId, '^.*?orders/[^/]+'), ''), CommitmentDiscountId) as commitment_order,
                ChargeCategory = 'Usage' as is_usage, BillingCurrency as billing_currency, ServiceProviderName as provider,
                CommitmentDiscountName as commitment_name, concat_ws(' ', CommitmentDiscountType, x_CommitmentOffering) as commitment_type,
                cast(x_CommitmentStart as timestamp) as starts_at, cast(x_CommitmentEnd as timestamp) as ends_at,
                months_of(coalesce(x_CommitmentTerm, x_Term)) as months, x_CommitmentPaymentOption as payment,
                if(ChargeCategory = 'Purchase' and ChargeFrequency = 'One-Time' and BilledCost > 0, ChargePeriodStart, null) as bought_at,
            from charges
            where CommitmentDiscountId is not null
        ) as stated
    ),
    orders as (
        select
            commitment_order, billing_currency, max(months) as months, max(payment) as payment, bool_or(is_usage) as has_usage,
            min(starts_at) as starts_at, max(ends_at) as ends_at, min(bought_at) as bought_at,
        from found
        group by all
    )
    select
        f.commitment_id, f.billing_currency,
        max(f.provider) as provider, max(f.commitment_name) as commitment_name, max(f.commitment_type) as commitment_type,
        any_value(o.months) as term_months, any_value(o.payment) as payment,
        any_value(coalesce(o.starts_at, o.bought_at)) as starts_at,
        any_value(coalesce(o.ends_at, o.bought_at + to_months(o.months))) as ends_at,
        any_value(case
            when o.ends_at is not null then 'stated' when o.bought_at is not null and o.months is not null then 'purchase and term' else 'unknown'
        end) as end_source,
    from found as f
    inner join orders as o on o.commitment_order = f.commitment_order and o.billing_currency is not distinct from f.billing_currency
    group by f.commitment_id, f.billing_currency
    having bool_or(f.is_usage) or not bool_or(o.has_usage);

-- What each commitment cost an hour in the 30 days before a day (null: the day after the provider's last usage), for those charged then.
--
-- `per_hour` is the median day's used and unused cost ÷ 24, so that a day of which the bill is not complete does not lower it; costs are sums
-- of the 30 days, charges of several days spread over them.
create or replace macro commitment_rates(asked) as table
    with clocks as (
        select provider, coalesce(max(cast(asked as date)), max(charge_date) + 1) as as_of from daily where charge_category = 'Usage' group by provider
    ),
    spread as (
        select
            commitment_id, billing_currency, provider, row_class = 'used' as is_used, charge_date + unnest(range(spans_days))::integer as charged_on,
            effective_cost::double / spans_days as cost, on_demand_cost::double / spans_days as on_demand,
        from daily
        where row_class in ('used', 'unused')
    ),
    days as (
        select
            s.commitment_id, s.billing_currency, s.provider, c.as_of, s.charged_on,
            sum(s.cost) as cost, coalesce(sum(s.cost) filter (s.is_used), 0) as used_cost, coalesce(sum(s.on_demand) filter (s.is_used), 0) as used_on_demand,
        from spread as s
        inner join clocks as c on c.provider is not distinct from s.provider
        where s.charged_on < c.as_of and s.charged_on >= c.as_of - 30
        group by all
    )
    select
        commitment_id, billing_currency, provider, as_of, median(cost) / 24 as per_hour,
        sum(cost) as cost, sum(used_cost) as used_cost, sum(used_on_demand) as used_on_demand,
        per_hour * (sum(used_on_demand) / nullif(sum(cost), 0) - 1) as step_per_hour,
    from days
    group by all;
