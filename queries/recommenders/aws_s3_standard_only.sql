-- Which buckets hold Standard storage that nobody reads or writes?
--
-- rule:
--   id         aws.s3.standard-only
--   class      C
--   effort     S
--   risk       m
--   step       tier
--   action     Add a lifecycle rule to Standard-IA, or Intelligent-Tiering.
-- params:
--   $start_date      date                 first day of the look-back, inclusive (UTC)
--   $end_date        date                 last day, exclusive (UTC)
--   $quiet_days      integer default 60   days without requests
--   $max_requests    double default 0     requests that still count as none
--   $retrieval_share double default 0     share of the data read in a month after the move
--   $objects         double default null  objects to move, where known: one-off cost
-- source:  KPI dashboard: Standard cost and no requests for two months; formula of vector O06 with own or listed prices

with buckets as (
    select
        provider, billing_account_id, sub_account_id, region_id, service_name, resource_id, currency,
        sum(effective_cost) filter (charge_date >= $start_date::date and is_standard) as cost,
        (sum(effective_cost) filter (charge_date >= $start_date::date and is_standard))::double
            / nullif(sum(quantity) filter (charge_date >= $start_date::date and is_standard), 0)::double as standard_price,
        provisioned_size(
            sum(quantity_hours) filter (charge_date >= $start_date::date and is_standard), sum(hours) filter (charge_date >= $start_date::date and is_standard)
        ) as gb,
        coalesce(sum(coalesce(quantity, charge_count)) filter (meter like '%Requests-%' and charge_date >= $end_date::date - $quiet_days::integer), 0) as requests,
        bool_or(charge_date >= $start_date::date and regexp_matches(meter, '^TimedStorage-') and not is_standard) as has_other_class,
        min(charge_date) as known_since,
        min(first_at) filter (charge_date >= $start_date::date) as first_at,
        min(charge_date) filter (charge_date >= $start_date::date) as first_day,
        list(distinct raw_meter order by raw_meter) as meters,
    from (select *, meter = 'TimedStorage-ByteHrs' as is_standard from usage_days)
    where provider = 'aws' and regexp_matches(service_name, '(?i)simple storage|^amazons3$|amazon s3') and resource_id is not null
    group by all
    having cost > 0
),
prices as (
    select
        region_id, currency,
        min(unit_price) filter (meter = 'TimedStorage-SIA-ByteHrs')::double as cool_price,
        min(price_source) filter (meter = 'TimedStorage-SIA-ByteHrs') as price_source,
        min(unit_price) filter (meter = 'Retrieval-SIA')::double as retrieval_price,
        min(unit_price) filter (meter = 'Requests-SIA-Tier1')::double as transition_price,
    from unit_prices
    where provider = 'aws' and meter in ('TimedStorage-SIA-ByteHrs', 'Retrieval-SIA', 'Requests-SIA-Tier1')
    group by all
),
found as (
    select
        b.*, p.price_source, transition_price,
        (gb * (standard_price - cool_price))::decimal(28, 10) as gross,
        (gb * $retrieval_share::double * retrieval_price)::decimal(28, 10) as retrieval,
        gross::double / nullif(gb * retrieval_price, 0) as break_even,
    from buckets as b
    left join prices as p on p.region_id = b.region_id and p.currency = b.currency
    where requests <= $max_requests::double and not has_other_class and known_since <= $end_date::date - $quiet_days::integer
)
select
    provider, billing_account_id, sub_account_id, region_id, service_name, resource_id, currency,
    cost::decimal(38, 15) as observed_cost,
    per_month(cost, first_at, $end_date::date) as monthly_cost,
    (gross - retrieval)::decimal(38, 10) as monthly_saving,
    ($objects::double * transition_price)::decimal(38, 10) as one_off_cost,
    price_source as price_source,
    meters, first_day,
    printf('%.0f GB, no requests for %d days: %.2f %s less a month for storage, %.2f for retrieval; worth it while less than %.2f of the data is read a month', gb, $quiet_days::integer, coalesce(gross, 0)::double, currency, coalesce(retrieval, 0)::double, coalesce(break_even, 0)) as explanation,
from found
order by provider, sub_account_id, resource_id, currency
