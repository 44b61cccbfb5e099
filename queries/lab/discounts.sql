-- At what discount could each series be committed, by programme, term and payment?
--
-- Sources, best first: collected list prices; what the company's own covered usage costs (same series, else same family elsewhere, else
-- same service) by month, with the term that the bill states, or none where that is not better than public; the dated table of public
-- prices. `known_from` is the day after the evidence: what is bought on it may rest on it.
--
-- grain:   one row per series, programme, term, payment, price source and month of evidence; best source first, newest first
-- params:
--   $end_date date  exclusive end of the data (UTC)
-- source:  list_prices, lab_usage, commitment_discounts (queries/lookups)

with offered as (
    select s.series, s.provider, s.billing_account_id, s.currency, s.service_name, s.region_id, s.family, s.meters, unnest(s.programs) as program,
    from lab_series as s
),
covered as (
    select
        s.series, s.provider, s.billing_account_id, s.currency, s.service_name, s.family, p.program, months_of(u.term) as months,
        sum(u.effective_cost) as effective_cost, sum(u.on_demand_cost) as on_demand_cost,
        least(cast(date_trunc('month', u.start_at) + interval 1 month as date), $end_date::date) as known_from,
    from lab_series as s
    inner join lab_usage as u
        on u.provider = s.provider and u.billing_account_id = s.billing_account_id and u.currency = s.currency
        and u.service_name = s.service_name and u.region_id = s.region_id and u.granularity = s.granularity
        and list_contains(s.meters, u.meter) and u.commitment_id is not null
    inner join (select distinct provider, program, commitment_pattern from commitment_programs) as p
        on p.provider = s.provider and list_contains(s.programs, p.program) and regexp_matches(u.commitment_type, p.commitment_pattern)
    group by all
    having sum(u.on_demand_cost) > 0
),
own as (
    select
        o.series, o.program, coalesce(c.months, 12) as term_months,
        case when c.series = o.series then 1 when c.family = o.family then 2 else 3 end as nearness,
        1 - (sum(c.effective_cost) / sum(c.on_demand_cost))::double as discount,
        bool_or(c.months is null) as is_term_unknown, c.known_from,
    from offered as o
    inner join covered as c
        on c.provider = o.provider and c.billing_account_id = o.billing_account_id and c.currency = o.currency and c.program = o.program
        and c.service_name = o.service_name
    group by all
),
public as (
    select o.series, o.program, cast(d.term_months as integer) as term_months, d.payment, cast(d.upfront_share as double) as upfront_share,
        cast(d.discount as double) as discount, d.dated,
    from offered as o
    inner join commitment_discounts as d
        on d.provider = o.provider and d.program = o.program and (d.family_pattern is null or regexp_matches(o.family, d.family_pattern))
),
nearest as (
    select * from own qualify row_number() over (partition by series, program, term_months, known_from order by nearness) = 1
),
-- a rate of unknown term that is better than the public one of a year may be that of three years
trusted as (
    select n.*
    from nearest as n
    where not n.is_term_unknown or not exists (
        select 1 from public as p
        where p.series = n.series and p.program = n.program and p.term_months = n.term_months and p.upfront_share = 0 and p.discount < n.discount - 0.005)
),
committed as (
    select
        l.provider, l.region, l.unit, l.currency, p.program, l.unit_price, l.observed_at,
        lower(replace(regexp_replace(l.sku_name, p.listed_pattern, p.listed_family), 'Cpu', 'Core')) as family,
        12 * cast(regexp_extract(l.purchase_option, '[135]') as integer) as term_months,
    from list_prices as l
    inner join commitment_programs as p on p.provider = cloud_of(l.provider) and p.listed_pattern is not null and regexp_matches(l.sku_name, p.listed_pattern)
    where regexp_matches(l.purchase_option, '(?i)commit.*[135]')
),
listed as (
    select
        o.series, o.program, c.term_months, 1 - max(c.unit_price / d.unit_price)::double as discount, max(c.observed_at)::date as known_from,
    from offered as o
    inner join list_prices as d
        on cloud_of(d.provider) = o.provider and d.region = o.region_id and d.currency = o.currency and list_contains(o.meters, d.sku_name)
        and d.unit_price > 0 and d.purchase_option in ('', 'On-Demand')
    inner join committed as c
        on c.provider = d.provider and c.region = d.region and c.unit = d.unit and c.currency = d.currency and c.program = o.program
        and c.family = lower(o.family)
    group by all
)
select series, program, term_months, 'Monthly' as payment, 0::double as upfront_share, discount, 'list_prices' as price_source, 1 as source_rank,
    'list price collected on ' || known_from as price_note, strftime(known_from, '%Y-%m-%d') as known_from,
from listed
union all
select series, program, term_months, 'as owned', 0::double, discount, 'own_bill', 2,
    ['own bill, this usage', 'own bill, this family in other regions', 'own bill, this service'][nearness]
        || if(is_term_unknown, '; the bill states no term, taken as one year', ''),
    strftime(known_from, '%Y-%m-%d'),
from trusted
union all
select series, program, term_months, payment, upfront_share, discount, 'lookup', 3, 'public price of ' || dated, null,
from public
order by series, program, term_months, source_rank, known_from desc, payment
