-- What is planned for each scope in each month?
--
-- grain: one row per staged row and month: quarters become three months and years twelve, exact in the currency's minor unit or the amount's own
-- source: specs/budgets.md sections 1, 2; spread() of specs/allocation.md section 5, ties by month; minor units of ISO 4217 list one, 2026-01-01
with delivered as (
    select
        trim(coalesce(s.dimension, nullif(t.dimension, ''))) as given_dimension,
        regexp_replace(lower(given_dimension), '[^a-z]', '', 'g') as dimension_key,
        coalesce(map {
            'sub': 'account', 'subaccount': 'account', 'subaccountid': 'account', 'subscription': 'account', 'project': 'account',
            'env': 'environment', 'all': 'total', 'company': 'total', 'servicename': 'service', 'providername': 'provider'
        }[dimension_key], dimension_key) as known_dimension,
        case when known_dimension = 'total' then 'total' else nullif(trim(s.value), '') end as given_value,
        coalesce(nullif(trim(s.budget), ''), trim(known_dimension || ' ' || given_value), '?') as given_budget,
        nullif(upper(trim(s.month)), '') as given_month,
        case
            when regexp_full_match(given_month, '[0-9]{1,2}') then trim(s.year) || '-' || lpad(given_month, 2, '0')
            when regexp_full_match(given_month, '[A-Z]{3,9}|Q[1-4]') then given_month || ' ' || trim(s.year)
            else coalesce(given_month, trim(s.year))
        end as period,
        s.amount,
        upper(nullif(trim(s.currency), '')) as given_currency,
        coalesce(nullif(regexp_replace(lower(trim(s.ledger)), '[^a-z]', '', 'g'), ''), 'accrual') as ledger_key,
        coalesce(map {
            'billed': 'cash', 'billedcost': 'cash', 'invoiced': 'cash', 'effective': 'accrual', 'effectivecost': 'accrual',
            'amortised': 'accrual', 'amortized': 'accrual'
        }[ledger_key], ledger_key) as known_ledger,
        coalesce(s.tolerance_pct, 5) as given_tolerance,
        coalesce(s.hard_limit_pct, 10) as given_limit,
        coalesce(s.materiality, 0) as given_materiality,
        nullif(lower(trim(s.phasing)), '') as given_phasing,
    from staged as s
    cross join traits as t
    where coalesce(s.budget, s.value, s.month, s.year, s.amount::varchar) is not null
),
checked as (
    select
        given_budget as budget,
        case
            when known_dimension in ('team', 'product', 'environment', 'account', 'provider', 'service', 'total') then known_dimension
            else error('budget ' || given_budget || ': dimension ' || coalesce(given_dimension, '(none)')
                || ' is not one of team, product, environment, account, provider, service, total')
        end as dimension,
        coalesce(given_value, error('budget ' || given_budget || ': no value; name the ' || coalesce(known_dimension, 'team') || ' it is for')) as value,
        case
            when regexp_full_match(period, '[0-9]{4}') then make_date(right(period, 4)::integer, 1, 1)
            when regexp_full_match(period, '[0-9]{4}[-/ ]?Q[1-4]') then make_date(left(period, 4)::integer, right(period, 1)::integer * 3 - 2, 1)
            when regexp_full_match(period, 'Q[1-4][-/ ]?[0-9]{4}') then make_date(right(period, 4)::integer, period[2]::integer * 3 - 2, 1)
            else coalesce(
                date_trunc('month', try_strptime(regexp_extract(period, '.*([0-9]{4}|[A-Z]{3}).*'), ['%b-%y', '%b %y', '%b-%Y', '%b %Y', '%B %Y',
                    '%Y-%m', '%Y/%m', '%Y%m', '%m/%Y', '%m-%Y', '%m.%Y', '%Y-%m-%d', '%Y/%m/%d', '%d.%m.%Y', '%Y-%m-%d %H:%M:%S']))::date,
                error('budget ' || given_budget || ': month ' || coalesce(period, given_month, '(none)') || ' is neither a month (2026-01) nor a year (2026)')
            )
        end as first_month,
        case when regexp_full_match(period, '[0-9]{4}') then 12 when contains(period, 'Q') then 3 else 1 end as month_count,
        amount,
        coalesce(given_currency, error('budget ' || given_budget || ': no currency; fill the column currency, e.g. EUR')) as currency,
        case
            when known_ledger in ('accrual', 'cash') then known_ledger
            else error('budget ' || given_budget || ': ledger ' || ledger_key || ' is neither accrual nor cash')
        end as ledger,
        case when given_tolerance >= 0 then given_tolerance else error('budget ' || given_budget || ': tolerance_pct is negative') end as tolerance_pct,
        case when given_limit >= 0 then given_limit else error('budget ' || given_budget || ': hard_limit_pct is negative') end as hard_limit_pct,
        given_materiality as materiality,
        given_phasing as phasing,
        replace(phasing, ',', case when regexp_matches(phasing, '[; ]') then '.' else ';' end) as phasing_text,
        list_filter(regexp_split_to_array(phasing_text, '[;\s%|]+'), lambda w: w <> '') as given_weights,
        list_transform(given_weights, lambda w: coalesce(try_cast(w as double), -1)) as weight_sizes,
    from delivered
),
weighted as (
    select
        * exclude (phasing, phasing_text, given_weights, weight_sizes),
        case
            when month_count = 1 then [1::hugeint]
            when phasing is null or phasing = 'even' then list_transform(range(month_count), lambda i: 1::hugeint)
            when phasing = 'days' then list_transform(range(month_count), lambda i: day(last_day(first_month + to_months(i::integer)))::hugeint)
            when len(given_weights) <> month_count or not coalesce(list_min(weight_sizes) >= 0 and list_max(weight_sizes) > 0, false)
                then error('budget ' || budget || ': phasing ' || phasing || ' is neither even, days nor ' || month_count || ' weights, 0 or more')
            else list_transform(given_weights, lambda w: cast(w::decimal(18, 6) * 1000000 as hugeint))
        end as weights,
        greatest(
            coalesce(map {
                'BIF': 0, 'CLP': 0, 'DJF': 0, 'GNF': 0, 'ISK': 0, 'JPY': 0, 'KMF': 0, 'KRW': 0, 'PYG': 0, 'RWF': 0, 'UGX': 0, 'UYI': 0, 'VND': 0,
                'VUV': 0, 'XAF': 0, 'XOF': 0, 'XPF': 0, 'BHD': 3, 'IQD': 3, 'JOD': 3, 'KWD': 3, 'LYD': 3, 'OMR': 3, 'TND': 3, 'CLF': 4, 'UYW': 4
            }[currency], 2),
            len(rtrim(split_part(amount::varchar, '.', 2), '0'))
        ) as digits,
        (10 ** (15 - digits))::hugeint as unit, abs(replace(amount::varchar, '.', '')::hugeint) // unit as units,
    from checked
),
floored as (
    select
        *,
        list_sum(weights) as weight_total,
        list_transform(weights, lambda w: (units * w) // weight_total) as whole,
        list_transform(weights, lambda w, i: {'less': -((units * w) % weight_total), 'position': i}) as remainders,
        (units - list_sum(whole))::bigint as missing,
        list_transform(list_sort(remainders)[1:missing], lambda r: r.position) as topped,
    from weighted
),
months as (
    select *, unnest(range(1, month_count + 1)) as position from floored
)
select
    budget,
    dimension,
    value,
    strftime(first_month + to_months((position - 1)::integer), '%Y-%m') as month,
    case
        when month_count = 1 then amount
        else cast(sign(amount)::hugeint * unit * (whole[position] + list_contains(topped, position)::integer) as decimal(38, 0))
            * 0.000000000000001::decimal(16, 15)
    end::decimal(38, 15) as amount,
    currency,
    ledger,
    tolerance_pct::decimal(9, 4) as tolerance_pct,
    hard_limit_pct::decimal(9, 4) as hard_limit_pct,
    materiality::decimal(38, 15) as materiality,
from months
