-- Is as much of our usage covered by commitments as the provider says?
--
-- Compared where the provider states covered cost: as a whole, by service or by account. What commitments could cover is decided by
-- meter (commitment_meters), at list price, without dynamically priced usage. Coverage in hours is shown, not compared.
--
-- grain:   one row per provider, billing_account_id, billing_period, commitment_type, group_name, group_value, measure
-- params:
--   $matched_abs decimal(38, 15) default 0.01 largest difference of a match, in the currency or in percentage points
--   $period      varchar default null         billing period, YYYY-MM
-- columns:
--   provider            varchar
--   billing_account_id  varchar
--   billing_period      varchar
--   commitment_type     varchar
--   group_name          varchar          empty for all usage
--   group_value         varchar
--   measure             varchar          covered_cost, on_demand_cost, total_cost or coverage_pct
--   billing_currency    varchar
--   ours                decimal(38, 15)
--   theirs              decimal(38, 15)
--   difference          decimal(38, 15)  ours − theirs
--   state               varchar          matched, explained, unexplained or not_computable
--   explanation         varchar
--   observed_at         timestamp        when the provider said so
-- source:  mart daily, relation charges, tables provider_coverage and commitment_meters; specs/commitments.md section 6

with stated as (
    select *, account_key(billing_account_id) as account, cast(observed_at as date) as answered from provider_coverage
    where $period::varchar is null or billing_period = $period::varchar
),
usage as (
    select
        BillingAccountId as billing_account_id, billing_period, BillingCurrency as currency, cast(ChargePeriodStart as date) as charge_date,
        CommitmentDiscountType as covered_by, ServiceName as service_name, SubAccountId as sub_account_id, SkuMeter as meter,
        coalesce(ListCost, ContractedCost) as cost,
    from charges
    where ChargeCategory = 'Usage' and billing_period in (select billing_period from stated)
        and (CommitmentDiscountStatus = 'Used' or (CommitmentDiscountId is null and coalesce(PricingCategory, 'Standard') = 'Standard' and SkuMeter is not null))
),
daily_usage as (
    select * exclude (cost, meter), meter, sum(cost) as cost from usage group by all
),
eligible as (
    select u.* exclude (meter), coalesce(u.covered_by, e.commitment_type) as commitment_type, u.covered_by is not null as is_covered,
    from daily_usage as u
    left join commitment_meters as e
        on u.covered_by is null and regexp_matches(u.service_name, e.service_pattern) and regexp_matches(u.meter, e.meter_pattern)
    where u.covered_by is not null or e.commitment_type is not null
),
sums as (
    select
        s.*,
        coalesce(sum(e.cost) filter (e.is_covered), 0) as our_covered,
        coalesce(sum(e.cost) filter (not e.is_covered), 0) as our_rest,
        coalesce(sum(e.cost) filter (e.is_covered and e.charge_date < s.answered - 1), 0) as seen_covered,
        coalesce(sum(e.cost) filter (not e.is_covered and e.charge_date < s.answered - 1), 0) as seen_rest,
    from stated as s
    left join eligible as e
        on account_key(e.billing_account_id) = s.account and e.billing_period = s.billing_period and e.currency = s.currency
        and e.commitment_type = s.commitment_type and s.covered_cost is not null
        and case s.group_name when '' then true when 'service' then lower(e.service_name) = lower(s.group_value)
            when 'sub_account' then account_key(e.sub_account_id) = account_key(s.group_value) else false end
    group by all
),
measured as (
    select *, unnest([
        {'measure': 'covered_cost', 'ours': our_covered, 'seen': seen_covered, 'theirs': covered_cost},
        {'measure': 'on_demand_cost', 'ours': our_rest, 'seen': seen_rest, 'theirs': on_demand_cost},
        {'measure': 'total_cost', 'ours': our_covered + our_rest, 'seen': seen_covered + seen_rest, 'theirs': total_cost},
        {'measure': 'coverage_pct', 'ours': try_cast(100 * our_covered / nullif(our_covered + our_rest, 0) as decimal(38, 15)),
            'seen': try_cast(100 * seen_covered / nullif(seen_covered + seen_rest, 0) as decimal(38, 15)), 'theirs': coverage_pct}], recursive := true),
    from sums
),
compared as (
    select * replace (case when covered_cost is not null then ours end as ours), ours - theirs as difference from measured
)
select
    provider, billing_account_id, billing_period, commitment_type, group_name, group_value, measure, currency as billing_currency,
    cast(ours as decimal(38, 15)) as ours,
    cast(theirs as decimal(38, 15)) as theirs,
    cast(case when covered_cost is not null then difference end as decimal(38, 15)) as difference,
    case
        when ours is null or theirs is null then 'not_computable'
        when abs(difference) <= $matched_abs::decimal(38, 15) then 'matched'
        when abs(seen - theirs) <= $matched_abs::decimal(38, 15) then 'explained'
        else 'unexplained'
    end as state,
    case
        when covered_cost is null then 'the provider states coverage in hours, the bill cost'
        when ours is null then 'nothing that such a commitment could cover'
        when theirs is null then 'the provider states none'
        when abs(difference) <= $matched_abs::decimal(38, 15) then null
        when abs(seen - theirs) <= $matched_abs::decimal(38, 15)
            then 'charges of ' || (answered - 1) || ' and later, not in the answer: ' || round(ours - seen, 2)
        else 'unexplained: ' || round(difference, 2) || '; eligible meters by ' || coalesce((
            select string_agg(distinct version, ', ') from commitment_meters), 'no table')
    end as explanation,
    observed_at,
from compared
order by provider, billing_account_id, billing_period, commitment_type, group_name, group_value, measure
