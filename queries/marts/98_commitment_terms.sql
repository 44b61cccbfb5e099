-- When does each commitment run? Reads the charges when it is asked; run after the other marts.
--
-- Sources of an end, in order: what the native export states; an upfront purchase with a stated term; else null, never a guessed year
-- (specs/commitments.md section 1). The columns of `absent` stand in where no provider has them.

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
                CommitmentDiscountId as commitment_id, BillingCurrency as billing_currency, ServiceProviderName as provider,
                CommitmentDiscountName as commitment_name, concat_ws(' ', CommitmentDiscountType, x_CommitmentOffering) as commitment_type,
                cast(x_CommitmentStart as timestamp) as starts_at, cast(x_CommitmentEnd as timestamp) as ends_at,
                months_of(coalesce(x_CommitmentTerm, x_Term)) as months, x_CommitmentPaymentOption as payment,
                if(ChargeCategory = 'Purchase' and ChargeFrequency = 'One-Time' and BilledCost > 0, ChargePeriodStart, null) as bought_at,
            from charges
            where CommitmentDiscountId is not null
        ) as stated
    )
    select
        commitment_id, billing_currency,
        max(provider) as provider, max(commitment_name) as commitment_name, max(commitment_type) as commitment_type,
        max(months) as term_months, max(payment) as payment,
        coalesce(min(starts_at), min(bought_at)) as starts_at,
        coalesce(max(ends_at), min(bought_at) + to_months(max(months))) as ends_at,
        case
            when max(ends_at) is not null then 'stated'
            when min(bought_at) is not null and max(months) is not null then 'purchase and term'
            else 'unknown'
        end as end_source,
    from found
    group by all;
