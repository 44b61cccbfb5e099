-- Which commitments end after a day, and what does each owner's cost change by on a day without them?
--
-- The end is stated in the charges, else it is the purchase and its term; a purchase before the history has no known end. What it
-- covered is then charged on demand, and its unused part is no longer charged. No renewal is assumed. A commitment with usage whose
-- price on demand is unknown is left out.
--
-- grain:   one row per commitment_id, provider, account, service, team, product
-- params:
--   $currency varchar  billing currency
--   $as_of    date     first day that is not complete; the change is measured on the four weeks before it
-- columns:
--   commitment_id  varchar
--   ends_on        date     first day without it
--   provider       varchar
--   account        varchar
--   service        varchar
--   team           varchar  empty for nobody
--   product        varchar  empty for none
--   per_day        double   change of a day's effective cost, currency units
-- source:  recommender_charges, daily; specs/budgets.md section 4

with history as (
    select min(charge_date) as first_date from daily where billing_currency = $currency::varchar
),
stated as (
    select
        coalesce(nullif(regexp_extract(CommitmentDiscountId, '^.*?orders/[^/]+'), ''), CommitmentDiscountId) as commitment,
        max(try_cast(x_CommitmentEnd as timestamp)) as ends_at,
        cast(min(ChargePeriodStart) filter (ChargeCategory = 'Purchase' and ChargeClass is distinct from 'Correction') as date) as bought_on,
        bool_or(ChargeCategory = 'Purchase' and ChargeFrequency = 'One-Time') as is_paid_once,
        max(case when regexp_matches(x_Term, '(?i)y') then 12 else 1 end * try_cast(nullif(regexp_extract(x_Term, '[0-9]+'), '') as integer)) as months,
    from recommender_charges
    where CommitmentDiscountId is not null and BillingCurrency = $currency::varchar and ChargePeriodStart < $as_of::date
    group by all
),
ending as (
    select
        s.commitment,
        coalesce(
            cast(s.ends_at + interval 1 second as date),
            case when s.months > 0 and (s.is_paid_once or s.bought_on > h.first_date + 31) then cast(s.bought_on + to_months(s.months) as date) end
        ) as ends_on,
    from stated as s
    cross join history as h
    where ends_on > $as_of::date
),
charged as (
    select e.commitment, e.ends_on, d.*
    from daily as d
    inner join ending as e on starts_with(d.commitment_id, e.commitment)
    where d.billing_currency = $currency::varchar and d.row_class in ('used', 'unused')
        and d.charge_date >= $as_of::date - 28 and d.charge_date < $as_of::date
),
lives as (
    select commitment, count(distinct charge_date) as days
    from charged
    group by commitment
    having bool_and(effective_cost is not null and (row_class = 'unused' or on_demand_cost is not null))
)
select
    c.commitment as commitment_id, c.ends_on, c.provider,
    coalesce(c.sub_account_id, '') as account,
    coalesce(c.service_name, '') as service,
    coalesce(c.team, '') as team,
    coalesce(c.product, '') as product,
    cast(sum(case when c.row_class = 'used' then c.on_demand_cost else 0 end - c.effective_cost) as double) / any_value(l.days) as per_day,
from charged as c
inner join lives as l on l.commitment = c.commitment
group by c.commitment, c.ends_on, c.provider, c.sub_account_id, c.service_name, c.team, c.product
order by c.ends_on, commitment_id, account, service, team, product
