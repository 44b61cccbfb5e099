-- Which commitments have ended, and what did their discount save on a day?
--
-- A commitment has ended when its charges, used and unused, came on nearly every day of four weeks and then no more. One of its kind that
-- began within a week of that day has taken its place, and it is left out. The caller knows through which day its provider is complete.
--
-- grain:   one row per commitment that ended
-- params:
--   $currency varchar  billing currency, for example USD
-- columns:
--   provider         varchar
--   account          varchar            that bought it, else the one that used it most
--   service          varchar
--   team             varchar            owner of that account's purchase; empty for nobody
--   commitment_id    varchar
--   ended_on         date               first day without it
--   effective_cost   decimal(38, 9)     a day of what it covered, with it, mean of its last four weeks
--   on_demand_cost   decimal(38, 9)     the same without it
--   covered          varchar[]          accounts and services that used it, as account/service
-- source:  daily; specs/anomalies.md section 2 step 8

with charged as (
    select * from daily where billing_currency = $currency::varchar and commitment_id is not null
),
lives as (
    select
        provider, commitment_id,
        any_value(commitment_type) as commitment_type,
        min(charge_date) as first_date,
        cast(max(charge_date) + 1 as date) as ended_on,
    from charged
    where row_class in ('used', 'unused')
    group by all
),
last_weeks as (
    select
        l.provider, l.commitment_id, l.ended_on,
        count(distinct c.charge_date) as days,
        sum(c.effective_cost) filter (c.row_class = 'used') / 28 as effective_cost,
        sum(c.on_demand_cost) filter (c.row_class = 'used') / 28 as on_demand_cost,
        list(distinct concat(c.sub_account_id, '/', c.service_name)) filter (c.row_class = 'used') as covered,
    from lives as l
    inner join charged as c
        on c.provider = l.provider and c.commitment_id = l.commitment_id
        and c.charge_date >= l.ended_on - 28 and c.row_class in ('used', 'unused')
    where not exists (
        from lives as other
        where other.provider = l.provider and other.commitment_type = l.commitment_type
            and other.first_date between l.ended_on - 7 and l.ended_on + 7
    )
    group by all
),
holders as (
    select
        provider, commitment_id,
        arg_max(coalesce(sub_account_id, ''), (row_class = 'principal', effective_cost)) as account,
        arg_max(coalesce(service_name, ''), (row_class = 'principal', effective_cost)) as service,
        arg_max(coalesce(team, ''), (row_class = 'principal', effective_cost)) as team,
    from charged
    group by all
)
select
    w.provider, h.account, h.service, h.team, w.commitment_id, w.ended_on,
    cast(w.effective_cost as decimal(38, 9)) as effective_cost,
    cast(w.on_demand_cost as decimal(38, 9)) as on_demand_cost,
    list_sort(w.covered) as covered,
from last_weeks as w
inner join holders as h on h.provider = w.provider and h.commitment_id = w.commitment_id
where w.days >= 26 and w.on_demand_cost is not null and w.effective_cost is not null
order by w.ended_on, w.commitment_id
