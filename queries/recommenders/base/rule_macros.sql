-- What families of rules share. `is_wanted` and the other conditions are expressions over usage_days; a rule adds prices and words.

-- What the wanted meters of each resource charged since start_date.
create or replace temp macro charged(is_wanted, start_date) as table
    select
        provider, billing_account_id, sub_account_id, region_id, service_name, resource_id, currency,
        sum(effective_cost) as cost,
        sum(quantity) as quantity,
        min(first_at) as first_at,
        min(charge_date) as first_day,
        list(distinct raw_meter order by raw_meter) as meters,
    from usage_days
    where charge_date >= start_date and is_wanted
    group by all;

-- Resources that charge for standing there: traffic at most max_traffic times their hours. `standing_cost` is that of the hours alone.
create or replace temp macro idle(is_wanted, is_hour, is_moving, max_traffic, start_date) as table
    select
        provider, billing_account_id, sub_account_id, region_id, service_name, resource_id, currency,
        sum(effective_cost) as cost,
        sum(effective_cost) filter (is_standing) as standing_cost,
        sum(quantity) filter (is_standing) as quantity,
        count(distinct charge_date) as days,
        min(first_at) as first_at,
        min(charge_date) as first_day,
        list(distinct raw_meter order by raw_meter) as meters,
    from (select *, is_hour as is_standing, is_moving as is_traffic from usage_days where charge_date >= start_date and is_wanted)
    group by all
    having bool_or(is_standing) and coalesce(sum(quantity) filter (is_traffic), 0) <= max_traffic * sum(quantity) filter (is_standing)
        and not coalesce(bool_or(is_traffic and quantity is null and effective_cost > 0), false);

-- Share of the look-back in which a resource was seen.
create or replace temp macro seen_share(first_at, start_date, end_date) as
    least(1, date_diff('hour', first_at, end_date::timestamp) / date_diff('hour', start_date::timestamp, end_date::timestamp))::double;

-- Usage on demand that charges on 19 of 20 days, by account and region.
create or replace temp macro uncommitted(is_wanted, start_date, end_date) as table
    select
        provider, billing_account_id, sub_account_id, region_id, service_name, null::varchar as resource_id, currency,
        sum(effective_cost) as cost,
        sum(quantity) as quantity,
        min(first_at) as first_at,
        min(charge_date) as first_day,
        list(distinct raw_meter order by raw_meter) as meters,
    from usage_days
    where charge_date >= start_date and is_wanted and not is_covered and pricing_category is distinct from 'Dynamic'
    group by all
    having count(distinct charge_date) >= 0.95 * (end_date - start_date);

-- Data transfer of the period and of the one before it.
create or replace temp macro transferred(is_wanted, start_date, end_date) as table
    select *, printf(
        '%.0f GB for %.2f %s in the look-back, %s before', quantity::double, cost::double, currency,
        if(cost_before > 0, printf('%+.0f %% on the period', 100 * (cost / cost_before - 1)::double), 'none')
    ) as explanation,
    from (
        select
            provider, billing_account_id, sub_account_id, region_id, service_name, resource_id, currency,
            coalesce(sum(effective_cost) filter (charge_date >= start_date), 0) as cost,
            coalesce(sum(effective_cost) filter (charge_date < start_date and charge_date >= start_date - (end_date - start_date)::integer), 0) as cost_before,
            coalesce(sum(quantity) filter (charge_date >= start_date), 0) as quantity,
            min(first_at) filter (charge_date >= start_date) as first_at,
            min(charge_date) filter (charge_date >= start_date) as first_day,
            list(distinct raw_meter order by raw_meter) as meters,
        from usage_days
        where is_wanted
        group by all
    )
    where cost > 0;

-- EC2 instances, not spot, that could be of family `new_family` (a column of instance_families f): at its own price, else less by `share`.
create or replace temp macro moved_instances(new_family, is_candidate, is_wanted, share, start_date) as table
    with machines as (
        select
            provider, billing_account_id, sub_account_id, region_id, service_name, resource_id, currency, meter, operation,
            regexp_extract(meter, '^BoxUsage:([a-z0-9-]+)\.(.+)$', ['family', 'size']) as kind,
            sum(effective_cost) as cost,
            sum(quantity) as hours,
            min(first_at) as first_at,
            min(charge_date) as first_day,
            list(distinct raw_meter order by raw_meter) as meters,
        from usage_days
        where provider = 'aws' and charge_date >= start_date and meter like 'BoxUsage:%' and pricing_category is distinct from 'Dynamic' and is_wanted
        group by all
    )
    select
        m.*,
        if(p.unit_price is null, share_of(m.cost, share), m.cost - (m.hours * p.unit_price)::decimal(38, 10)) as saved,
        coalesce(p.price_source, printf('ratio: KPI dashboard, %.0f %%', 100 * share)) as price_source,
        printf('%s to %s: %s', f.family, new_family, coalesce(
            'at ' || rtrim(p.unit_price::varchar, '0') || ' an hour',
            printf('%.0f %% of %.2f %s in the look-back', 100 * share, m.cost::double, m.currency)
        )) as explanation,
    from machines as m
    inner join instance_families as f on f.family = m.kind.family and new_family is not null and is_candidate
    left join unit_prices as p
        on p.provider = 'aws' and p.region_id = m.region_id and p.currency = m.currency
        and p.meter = 'BoxUsage:' || new_family || '.' || m.kind.size and p.variant is not distinct from m.operation;
