-- Which months does the data cover, and is each complete?
--
-- grain:   one row per charge_month
-- columns:
--   charge_month     varchar    YYYY-MM
--   first_day        date
--   end_day          date       exclusive
--   complete_through timestamp  latest instant that any delivery of the lake is complete through; null when unknown
--   is_complete      boolean    false for the month still in flight; true when unknown and a later month has charges
-- source:  daily, lake_versions

with charged as (
    select distinct charge_month from daily where charge_category = 'Usage'
    union
    select distinct billing_period from daily
),
delivered as (select max(complete_through) as complete_through from lake_versions)
select
    c.charge_month,
    cast(c.charge_month || '-01' as date) as first_day,
    cast(cast(c.charge_month || '-01' as date) + interval 1 month as date) as end_day,
    cast(d.complete_through as timestamp) as complete_through,
    coalesce(
        d.complete_through >= cast(c.charge_month || '-01' as date) + interval 1 month,
        c.charge_month < max(c.charge_month) over ()
    ) as is_complete,
from charged as c
cross join delivered as d
order by c.charge_month
