-- Through which day are the charges of each account complete?
--
-- A source is complete before the day of its last charge period, and before the day that was not over a day before its newest delivery
-- landed: providers go on adding to a day for about that long. An account that several sources deliver goes by the one with its newest charge.
--
-- grain:   one row per provider and account
-- columns:
--   provider         varchar
--   account          varchar
--   complete_before  date     days before it are complete; null when nothing is known
--   source           varchar  that delivers it
-- source:  daily, lake_versions; specs/anomalies.md section 1

with sources as (
    select
        source,
        cast(least(max(complete_through), max(landed_at) - interval 1 day) as date) as complete_before,
    from lake_versions
    group by source
),
accounts as (
    select
        coalesce(provider, '') as provider,
        coalesce(sub_account_id, '') as account,
        source,
        max(charge_date) as last_date,
    from daily
    group by all
)
select
    a.provider,
    a.account,
    arg_max(s.complete_before, (a.last_date, s.complete_before)) as complete_before,
    arg_max(a.source, (a.last_date, s.complete_before)) as source,
from accounts as a
left join sources as s on s.source = a.source
group by a.provider, a.account
order by a.provider, a.account
