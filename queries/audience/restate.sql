-- States versions of the lake as their owned charges do: dates stay, counts and amounts become those of the rows that are left.

create temp table left_over as
select
    source, billing_period, version, billing_currency as currency,
    sum(charge_count) as charges, sum(billed_cost) as billed_cost, sum(effective_cost) as effective_cost,
    sum(null_effective_count) as unknown_effective,
from daily
group by all;
update lake_versions as v set
    rows_in = coalesce(l.charges, 0), rows_out = coalesce(l.charges, 0), rows_derived = 0, rows_excluded = 0,
    delivered_billed = null, delivered_effective = null,
    billed_cost = coalesce(l.billed_cost, 0), effective_cost = case when l.charges is null then 0 else l.effective_cost end,
    unknown_effective = coalesce(l.unknown_effective, 0),
from lake_versions as all_versions
left join left_over as l
    on l.source = all_versions.source and l.billing_period = all_versions.billing_period
    and l.version = all_versions.version and l.currency is not distinct from all_versions.currency
where v.rowid = all_versions.rowid;
drop table left_over;
