-- Which usage is one series for the purchase lab, and which programmes could cover it?
--
-- grain:   one row per provider, billing account, currency, service, region, family, granularity and set of programmes
-- source:  lab_usage, commitment_programs (queries/lookups); usage that no programme covers is left out

with meters as (
    select distinct provider, service_name, meter from lab_usage
),
offered as (
    select
        m.provider, m.service_name, m.meter, p.program, p.per_family,
        regexp_replace(m.meter, p.family_pattern, p.family_name) as family,
    from meters as m
    inner join commitment_programs as p
        on p.provider = m.provider and regexp_matches(m.service_name, p.service_pattern) and regexp_matches(m.meter, p.meter_pattern)
),
families as (
    select provider, service_name, meter, min_by(family, if(per_family = 'true', 0, 1)) as family, list(distinct program order by program) as programs,
    from offered
    group by all
),
grouped as (
    select
        u.provider, u.billing_account_id, u.currency, u.service_name, u.region_id, f.family, u.granularity, f.programs,
        list(distinct u.meter order by u.meter) as meters,
        sum(u.on_demand_cost) as on_demand_cost,
    from lab_usage as u
    inner join families as f on f.provider = u.provider and f.service_name = u.service_name and f.meter = u.meter
    group by all
    having sum(u.on_demand_cost) > 0
)
select
    row_number() over (order by provider, billing_account_id, currency, service_name, region_id, family, granularity, programs) as series, *,
from grouped
