-- Do our totals agree with those that the provider states, and where is the difference?
--
-- difference = ours − theirs. The lines `split` and the line `remainder` add up to the line `total`; a remainder is never distributed.
--
-- grain:   one row per provider, billing_account_id, billing_period, ledger, billing_currency, line, cause
-- params:
--   $split       varchar default charge_type  one of: charge_type, sub_account; what the difference is split by
--   $ledger      varchar default null         one of: billed, effective, net_billed, net_effective
--   $matched_abs decimal(38, 15) default 0.01 largest difference of a match, in the currency
-- columns:
--   provider            varchar
--   billing_account_id  varchar
--   billing_period      varchar
--   ledger              varchar          the provider's: billed and net_billed meet BilledCost, the others EffectiveCost
--   billing_currency    varchar
--   line                varchar          total, split or remainder
--   cause               varchar          charge type or account; empty for the total
--   our_cost            decimal(38, 15)
--   provider_cost       decimal(38, 15)
--   difference          decimal(38, 15)
--   state               varchar          matched, open, missing_here, missing_there or mismatch
--   observed_at         timestamp        when the provider said so
-- source:  mart monthly, table provider_totals; specs/reconciliation.md section 1

with theirs as (
    select *, account_key(billing_account_id) as account from provider_totals
    where $ledger::varchar is null or ledger = $ledger::varchar
),
keys as (
    select
        provider, billing_account_id, account, billing_period, ledger, currency,
        sum(amount) filter (group_name = '') as total,
        count(*) filter (group_name = $split::varchar) > 0 as has_split,
        bool_or(group_name = 'charge_type' and lower(group_value) = 'purchase') as one_fee_type,
        bool_or(is_estimated) as is_estimated,
        max(observed_at) as observed_at,
    from theirs
    group by all
),
stated as (
    select
        k.*,
        case when $split::varchar = 'sub_account' then account_key(t.group_value) else case
            when regexp_full_match(lower(t.group_value), 'discountedusage|savingsplan(coveredusage|negation)') then 'covered usage'
            when regexp_matches(lower(t.group_value), '^usage$|discount|flatrate') then 'usage'
            when lower(t.group_value) in ('tax', 'taxes') then 'tax'
            when lower(t.group_value) in ('credit', 'credits') then 'credits'
            when regexp_matches(lower(t.group_value), 'refund|adjust|rounding') then 'refunds and adjustments'
            when regexp_matches(lower(t.group_value), '^savingsplan|^rifee|^recurring|^upfront|reservation fee|^unused')
                then case when k.one_fee_type then 'fees' else 'commitment fees' end
            when regexp_matches(lower(t.group_value), '^fee$|^support|^other|subscription|purchase')
                then case when k.one_fee_type then 'fees' else 'other fees' end
            else 'charge type ' || t.group_value
        end end as cause,
        t.amount,
    from keys as k
    join theirs as t using (provider, billing_account_id, billing_period, ledger, currency)
    where t.group_name = $split::varchar
),
charged as (
    select
        k.*,
        case when $split::varchar = 'sub_account' then account_key(m.sub_account_id) else case
            when m.charge_category = 'Tax' then 'tax'
            when m.charge_category = 'Credit' then 'credits'
            when m.row_class = 'used' or (m.commitment_id is not null and m.charge_category = 'Adjustment') then 'covered usage'
            when m.charge_class = 'Correction' or m.charge_category = 'Adjustment' then 'refunds and adjustments'
            when m.row_class in ('principal', 'unused') then case when k.one_fee_type then 'fees' else 'commitment fees' end
            when m.charge_category = 'Purchase' then case when k.one_fee_type then 'fees' else 'other fees' end
            when m.charge_category = 'Usage' then 'usage'
            else 'refunds and adjustments'
        end end as cause,
        case when k.ledger in ('billed', 'net_billed') then m.billed_cost else m.effective_cost end as cost,
    from keys as k
    join monthly as m
        on account_key(m.billing_account_id) = k.account and m.billing_period = k.billing_period and m.billing_currency = k.currency
),
sides as (
    select * exclude (amount, has_split), has_split, amount as their_cost, null::decimal(38, 15) as our_cost from stated
    union all by name
    select * exclude (cost), cost as our_cost from charged
),
split_lines as (
    select
        * exclude (their_cost, our_cost, total), 'split' as line,
        sum(our_cost) as our_cost,
        sum(their_cost) as provider_cost,
        coalesce(sum(our_cost), 0) - coalesce(sum(their_cost), 0) as difference,
        any_value(total) as total,
    from sides
    where has_split
    group by all
    having any_value(total) is not null or count(their_cost) > 0
),
total_lines as (
    select
        k.*, '' as cause, 'total' as line,
        sum(c.cost) as our_cost, k.total as provider_cost, coalesce(sum(c.cost), 0) - any_value(k.total) as difference,
    from keys as k
    left join charged as c using (provider, billing_account_id, billing_period, ledger, currency)
    where k.total is not null
    group by all
),
remainder_lines as (
    select
        t.* exclude (cause, line, our_cost, provider_cost, difference), 'remainder' as line,
        case when t.has_split then 'not explained by ' || $split::varchar else 'the provider states no ' || $split::varchar end as cause,
        null::decimal(38, 15) as our_cost, null::decimal(38, 15) as provider_cost,
        any_value(t.difference) - coalesce(sum(s.difference), 0) as difference,
    from total_lines as t
    left join split_lines as s using (provider, billing_account_id, billing_period, ledger, currency)
    group by all
),
lines as (
    from total_lines union all by name from split_lines union all by name from remainder_lines
)
select
    provider, billing_account_id, billing_period, ledger, currency as billing_currency, line, cause,
    cast(our_cost as decimal(38, 15)) as our_cost,
    cast(provider_cost as decimal(38, 15)) as provider_cost,
    cast(difference as decimal(38, 15)) as difference,
    case
        when abs(difference) <= $matched_abs::decimal(38, 15) then 'matched'
        when line <> 'remainder' and our_cost is null then 'missing_here'
        when line <> 'remainder' and provider_cost is null then 'missing_there'
        when is_estimated then 'open'
        else 'mismatch'
    end as state,
    observed_at,
from lines
order by provider, billing_account_id, billing_period, ledger, billing_currency, case line when 'total' then 1 when 'split' then 2 else 3 end,
    abs(difference) desc, cause
