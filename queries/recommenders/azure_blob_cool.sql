-- Which hot storage is hardly read or written?
--
-- Cost of operations rises and reading costs extra in Cool: both are taken off. Blobs stay at least 30 days; the number of
-- blobs, and with it the one-off cost of the move, is not in the bill.
--
-- rule:
--   id         az.blob.cool
--   class      C
--   effort     S
--   risk       m
--   step       tier
--   action     Let a lifecycle rule move blobs that were not used for 30 days to Cool.
-- params:
--   $start_date       date                 first day of the look-back, inclusive (UTC)
--   $end_date         date                 last day, exclusive (UTC)
--   $operations_share double default 0.05  operations cost at most this share of the capacity cost
--   $read_share       double default 0.1   share of the data read back in a month; not in the bill
-- source:  specs/optimisation.md section 3.1 (vector O06); own price of Cool in the region, else price_ratios.csv

with metered as (
    select
        *,
        regexp_matches(meter, '(?i)^hot .*data stored') as is_capacity,
        regexp_matches(meter, '(?i)operations') and not regexp_matches(meter, '(?i)^(cool|cold|archive)') as is_operations,
    from usage_days
    where provider = 'azure' and charge_date >= $start_date::date and regexp_matches(resource_id, '(?i)/microsoft\.storage/storageaccounts/')
),
ratios as (
    select
        max(cast(ratio as double)) filter (kind = 'blob-cool') as cool, max(cast(ratio as double)) filter (kind = 'blob-cool-retrieval') as retrieval,
        max(cast(ratio as double)) filter (kind = 'blob-cool-operations') as operations, max(dated) as dated,
    from price_ratios
    where starts_with(kind, 'blob-cool')
),
compared as (
    select
        m.*, r.* exclude (cool), r.cool as listed_share,
        (select min(p.unit_price) from unit_prices as p
            where p.provider = 'azure' and p.region_id = m.region_id and p.currency = m.currency and p.meter = regexp_replace(m.meter, '(?i)^hot', 'Cool')
        ) / nullif(cast(contracted_cost as double) / nullif(quantity, 0), 0) as own_share,
    from metered as m
    cross join ratios as r
    where is_capacity or is_operations
),
priced as (select *, coalesce(own_share, listed_share) as cool from compared)
select
    provider, billing_account_id, sub_account_id, region_id, service_name, resource_id, currency,
    sum(effective_cost)::decimal(38, 15) as observed_cost,
    per_month(sum(effective_cost), min(first_at), $end_date::date) as monthly_cost,
    greatest(0, per_month(
        sum(case when is_capacity then share_of(effective_cost, 1 - cool - $read_share::double * retrieval) else share_of(effective_cost, 1 - operations) end),
        min(first_at), $end_date::date
    )) as monthly_saving,
    if(max(own_share) filter (is_capacity) is not null, 'own bill', 'ratio: price table of ' || max(dated)) as price_source,
    list(distinct raw_meter order by raw_meter) as meters,
    min(charge_date) as first_day,
    printf(
        'capacity %s, operations %s in the look-back; net of reading %.0f %% of the data a month and of dearer operations',
        (sum(effective_cost) filter (is_capacity))::decimal(18, 2)::varchar, coalesce(sum(effective_cost) filter (is_operations), 0)::decimal(18, 2)::varchar, 100 * $read_share::double
    ) as explanation,
from priced
group by all
having sum(effective_cost) filter (is_capacity) > 0
    and coalesce(sum(effective_cost) filter (is_operations), 0) <= $operations_share::double * sum(effective_cost) filter (is_capacity)
order by provider, sub_account_id, resource_id, currency
