-- Do our commitment figures agree with those that the provider states, and if not, why?
--
-- difference = ours − theirs. A cause is named only when its own amount is the difference; else what was tried is listed with amounts.
--
-- grain:   one row per provider, billing_account_id, billing_period, commitment_type, commitment_id, measure
-- params:
--   $matched_abs decimal(38, 15) default 0.01 largest difference of a match, in the unit of the measure
--   $period      varchar default null         billing period, YYYY-MM
-- columns:
--   provider            varchar
--   billing_account_id  varchar
--   billing_period      varchar
--   commitment_type     varchar
--   commitment_id       varchar          empty: all commitments of the type
--   measure             varchar          total_commitment, used_commitment, unused_commitment, utilization_pct, on_demand_cost, amortized_cost or net_savings
--   unit                varchar          currency, Hours or Normalized Hours; percentages say of which
--   ours                decimal(38, 15)
--   theirs              decimal(38, 15)
--   difference          decimal(38, 15)
--   state               varchar          matched, explained, unexplained or not_computable
--   explanation         varchar
--   observed_at         timestamp        when the provider said so
-- source:  mart daily, table provider_commitments; specs/commitments.md section 6

with stated as (
    select *, account_key(billing_account_id) as account, lower(commitment_id) as id_key from provider_commitments
    where $period::varchar is null or billing_period = $period::varchar
),
asked as (
    select provider, billing_account_id, account, billing_period, commitment_type, currency,
        list(id_key) as named, cast(max(observed_at) as date) as answered, max(observed_at) as observed_at,
    from stated
    group by all
),
-- The same figures over all charges, over those that the provider can have seen, and over commitments that it names.
charged as (
    select
        a.*, d.* exclude (billing_account_id, billing_period, commitment_type, provider), unnest(['', d.commitment_id]) as shown_id,
    from asked as a
    join daily as d
        on account_key(d.billing_account_id) = a.account and d.billing_period = a.billing_period
        and d.commitment_type = a.commitment_type and d.billing_currency = a.currency
),
sums as (
    select provider, billing_account_id, billing_period, commitment_type, currency, lower(shown_id) as id_key, scope,
        any_value(named) as named, any_value(answered) as answered, any_value(observed_at) as observed_at, max(shown_id) as shown_id,
        coalesce(sum(effective_cost) filter (row_class = 'used'), 0) as used, coalesce(sum(effective_cost) filter (row_class = 'unused'), 0) as unused,
        sum(list_on_demand_cost) filter (row_class = 'used') as list_cost, sum(on_demand_cost) filter (row_class = 'used') as contracted_cost,
        coalesce(sum(commitment_quantity) filter (row_class = 'used'), 0) as used_quantity,
        coalesce(sum(commitment_quantity) filter (row_class = 'unused'), 0) as unused_quantity,
        if(min(commitment_unit) = max(commitment_unit), max(commitment_unit), null) as quantity_unit,
        coalesce(sum(billed_cost) filter (row_class = 'principal'), 0) as billed,
        coalesce(sum(effective_cost) filter (row_class not in ('used', 'unused', 'principal')), 0) as adjusted,
    from (select *, unnest(['', 'today', 'yesterday', 'named']) as scope from charged)
    where case scope
        when 'today' then charge_date < answered when 'yesterday' then charge_date < answered - 1
        when 'named' then shown_id = '' and list_contains(named, lower(commitment_id)) else true end
    group by all
),
-- Ours (cause empty), and what ours would be if the cause held.
variants as (
    select * exclude (used, unused, list_cost), unnest(case
        when scope = 'named' then [{'cause': 'commitments that the provider does not name', 'used': used, 'unused': unused, 'list': list_cost}]
        when scope <> '' then [{'cause': 'charges of ' || (answered - if(scope = 'today', 0, 1)) || ' and later, not in the answer',
            'used': used, 'unused': unused, 'list': list_cost}]
        else [{'cause': '', 'used': used, 'unused': unused, 'list': list_cost}, {'cause': 'contracted instead of list price', 'used': used, 'unused': unused, 'list': contracted_cost},
            {'cause': 'refunds and corrections counted in', 'used': used + adjusted, 'unused': unused, 'list': list_cost},
            {'cause': 'unused part left out', 'used': used, 'unused': 0, 'list': list_cost},
            {'cause': 'billed instead of amortised', 'used': billed - unused, 'unused': unused, 'list': list_cost}] end) as v,
    from sums
),
measured as (
    select * exclude (v), v.cause as cause, unnest([
        {'measure': 'total_commitment', 'unit': currency, 'value': v.used + v.unused},
        {'measure': 'used_commitment', 'unit': currency, 'value': v.used},
        {'measure': 'unused_commitment', 'unit': currency, 'value': v.unused},
        {'measure': 'utilization_pct', 'unit': '% of ' || currency, 'value': try_cast(100 * v.used / nullif(v.used + v.unused, 0) as decimal(38, 15))},
        {'measure': 'total_commitment', 'unit': quantity_unit, 'value': used_quantity + unused_quantity},
        {'measure': 'used_commitment', 'unit': quantity_unit, 'value': used_quantity},
        {'measure': 'unused_commitment', 'unit': quantity_unit, 'value': unused_quantity},
        {'measure': 'utilization_pct', 'unit': '% of ' || quantity_unit, 'value': try_cast(100 * used_quantity / nullif(used_quantity + unused_quantity, 0) as decimal(38, 15))},
        {'measure': 'on_demand_cost', 'unit': currency, 'value': v.list},
        {'measure': 'amortized_cost', 'unit': currency, 'value': v.used + v.unused},
        {'measure': 'net_savings', 'unit': currency, 'value': v.list - v.used - v.unused}], recursive := true),
    from variants
),
ours as (
    select provider, billing_account_id, billing_period, commitment_type, currency, id_key, measure, unit, any_value(shown_id) as shown_id,
        any_value(named) as named, any_value(observed_at) as observed_at, max(value) filter (cause = '') as ours,
        list(distinct {'cause': cause, 'value': value}) filter (cause <> '' and value is not null) as variants,
    from measured
    group by all
),
theirs as (
    select provider, billing_account_id, billing_period, commitment_type, currency, id_key, commitment_id, observed_at as said_at, unnest([
        {'measure': 'total_commitment', 'unit': unit, 'theirs': total_commitment},
        {'measure': 'used_commitment', 'unit': unit, 'theirs': used_commitment},
        {'measure': 'unused_commitment', 'unit': unit, 'theirs': unused_commitment},
        {'measure': 'utilization_pct', 'unit': '% of ' || unit, 'theirs': utilization_pct},
        {'measure': 'on_demand_cost', 'unit': currency, 'theirs': on_demand_cost},
        {'measure': 'amortized_cost', 'unit': currency, 'theirs': amortized_cost},
        {'measure': 'net_savings', 'unit': currency, 'theirs': net_savings}], recursive := true),
    from stated
),
compared as (
    select * exclude (commitment_id, shown_id), coalesce(commitment_id, shown_id) as commitment_id, commitment_id is not null as is_named,
        count(ours) over (partition by provider, billing_account_id, billing_period, commitment_type, currency, id_key) > 0 as is_ours,
        cast(coalesce(ours, 0) - coalesce(theirs, 0) as decimal(38, 15)) as difference,
        list_filter(variants, lambda v: abs(v.value - theirs) <= $matched_abs::decimal(38, 15)) as causes,
        list_filter(variants, lambda v: abs(v.value - ours) > $matched_abs::decimal(38, 15)) as tried,
    from theirs
    full join ours using (provider, billing_account_id, billing_period, commitment_type, currency, id_key, measure, unit)
    where commitment_id is not null or (id_key <> '' and not list_contains(named, id_key) and regexp_replace(unit, '^% of ', '') = currency)
),
explained as (
    select *, case
        when theirs is null and is_named then ['the provider states no ' || measure]
        when not is_named then ['the provider names no such commitment']
        when not is_ours then ['our data hold no such commitment']
        when ours is null then ['our data do not hold it in ' || unit]
        when abs(difference) <= $matched_abs::decimal(38, 15) then []
        else list_transform(causes, lambda v: v.cause || ': ' || round(ours - v.value, 2)) end as reasons,
    from compared
)
select
    provider, billing_account_id, billing_period, commitment_type, commitment_id, measure, unit,
    cast(ours as decimal(38, 15)) as ours, cast(theirs as decimal(38, 15)) as theirs,
    case when not is_named or not is_ours or (ours is not null and theirs is not null) then difference end as difference,
    case
        when is_named and is_ours and (ours is null or theirs is null) then 'not_computable'
        when is_named and is_ours and abs(difference) <= $matched_abs::decimal(38, 15) then 'matched'
        when len(reasons) > 0 then 'explained' else 'unexplained' end as state,
    case when len(reasons) > 0 then array_to_string(list_sort(reasons), '; ')
        when abs(difference) > $matched_abs::decimal(38, 15) then 'unexplained: ' || round(difference, 2) || coalesce('; tried: ' || array_to_string(
            list_sort(list_transform(nullif(tried, []), lambda v: v.cause || ' ' || round(ours - v.value, 2))), ', '), '')
    end as explanation,
    coalesce(said_at, observed_at) as observed_at,
from explained
order by provider, billing_account_id, billing_period, commitment_type, commitment_id, measure, unit
