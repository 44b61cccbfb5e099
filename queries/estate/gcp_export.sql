-- What does the detailed Google Cloud billing export of one invoice month hold?
--
-- grain:   one row per charge; nested columns as in BigQuery; reads gcp_charges of the connection
-- params:
--   $month varchar invoice month, YYYY-MM
--   $late  boolean true = only rows that arrived after the month's dump, false = only the dump
with period as (
    select
        c.*, timezone('UTC', timezone('America/Los_Angeles', first_day::timestamp)) as start_at, timezone('UTC', timezone('America/Los_Angeles', next_day::timestamp)) as end_at,
    from estate.calendar as c where c.month = $month::varchar
),
invoice as (
    select v.line, 'Invoice' as service_name, v.service_code, v.meter, v.operation, v.cost_type, v.cost::decimal(28, 6) as cost, v.cost::decimal(28, 6) as cost_default,
        p.start_at, p.end_at, p.age, p.first_day as charge_day, v.adjustment,
    from period as p
    cross join lateral (values
        ('g-tax', 'B0F2-5A3A-1C44', 'Tax', 'DA34-426B-A397', 'tax', round((select sum(cost + coalesce(list_sum(list_transform(credits, lambda c: c.amount)), 0)) from gcp_charges) * 0.011, 2), null),
        ('g-round', 'B0F2-5A3A-1C44', 'Rounding error', 'CF2A-9B11-0C3D', 'rounding_error', round((hash($month::varchar) % 9)::decimal(8, 6) / 1000 - 0.004, 6), null),
        ('g-sla', 'B0F2-5A3A-1C44', 'SLA credit Cloud SQL', '9AB0-1122-6F3E', 'adjustment', case when p.age = 7 then -640.25 else 0 end, 'SLA_VIOLATION')
    ) as v (line, service_code, meter, operation, cost_type, cost, adjustment)
    where v.cost <> 0
),
charges as (
    from gcp_charges union all by name from invoice
),
timed as (
    select
        c.* exclude (owner_name, team, environment, product), o.owner_name, o.team, o.environment, o.product,
        c.cost_type = 'regular' and c.age = 1 and c.line not like '%-fee' and c.charge_day >= p.next_day - 3 as is_late, p.next_day,
    from charges as c
    cross join period as p
    left join estate.owners as o on o.owner_id = c.owner_id
)
select
    '01A2B3-C4D5E6-F7A8B9' as billing_account_id,
    {'id': service_code, 'description': service_name} as service,
    {'id': operation, 'description': meter} as sku,
    start_at as usage_start_time,
    end_at as usage_end_time,
    case when owner_id is not null then {'id': owner_id, 'number': (400000000000 + hash(owner_id) % 99999999999)::varchar, 'name': owner_name,
        'ancestry_numbers': '/482910573001/' || (500000000000 + hash(team) % 9999999999)::varchar || '/',
        'labels': [{'key': 'environment', 'value': environment}],
        'ancestors': [{'resource_name': 'organizations/482910573001', 'display_name': 'haldenfreight.example'}, {'resource_name': 'folders/' || (500000000000 + hash(team) % 9999999999)::varchar, 'display_name': team}]} end as project,
    case when is_tagged then estate.label_list(tags) else []::struct("key" varchar, "value" varchar)[] end as labels,
    case when line in ('g-n2-core', 'g-n2-ram') then [{'key': 'compute.googleapis.com/machine_spec', 'value': 'n2-standard-32'}, {'key': 'compute.googleapis.com/cores', 'value': '32'}]
        else []::struct("key" varchar, "value" varchar)[] end as system_labels,
    []::struct("key" varchar, "value" varchar, inherited boolean, namespace varchar)[] as tags,
    {'location': coalesce(region, 'global'), 'country': case when region is not null then 'BE' end, 'region': region,
        'zone': case when resource_id like '%/zones/%' then region || '-b' end} as location,
    case when coalesce(resource_id, '') <> '' then {'name': split_part(resource_id, '/', -1), 'global_name': resource_id} end as resource,
    case when subscription_id is not null and line like '%-fee' then {'instance_id': subscription_id} end as subscription,
    cost::double as cost,
    'USD' as currency,
    1.0::double as currency_conversion_rate,
    {'amount': coalesce(amount, 0)::double * case
        when unit = 'hour' then 3600 when unit = 'gibibyte month' then 1073741824.0 * 2628000 when unit = 'gibibyte hour' then 1073741824.0 * 3600
        when unit = 'gibibyte' then 1073741824.0 when unit = 'tebibyte' then 1099511627776.0 else 1 end,
        'unit': family, 'amount_in_pricing_units': amount::double, 'pricing_unit': unit} as usage,
    coalesce(credits, [])::struct("name" varchar, amount double, full_name varchar, id varchar, "type" varchar)[] as credits,
    {'month': replace($month::varchar, '-', ''), 'publisher_type': 'GOOGLE'} as invoice,
    cost_type,
    case when adjustment is not null then {'id': 'adj-' || left(md5($month::varchar), 12), 'description': meter, 'mode': 'MANUAL_ADJUSTMENT', 'type': adjustment} end as adjustment_info,
    case when is_late then next_day::timestamp + interval 6 day + interval 9 hour
        when cost_type <> 'regular' then next_day::timestamp + interval 2 day + interval 5 hour
        else charge_day::timestamp + interval 29 hour + to_seconds((hash(line, charge_day) % 7200)::int) end as export_time,
    'GOOGLE' as transaction_type,
    null::varchar as seller_name,
    cost_default::double as cost_at_list,
    cost_default::double as cost_at_effective_price_default,
    case when cost_type = 'regular' then {'list_price': price::varchar, 'effective_price': case when model = 'flex' then (price * ratio)::decimal(20, 10) else price end::varchar,
        'effective_price_default': price::varchar, 'tier_start_amount': 0::decimal(8, 2), 'unit': unit, 'pricing_unit_quantity': 1::decimal(8, 2)} end as price,
    case when cost_type = 'regular' then case when model = 'flex' then {'id': '3C91-5E2F-7A0D', 'description': 'Cloud SQL CUD 1 Year'} else {'id': '7754-699E-0EBF', 'description': 'Default'} end end as consumption_model,
from timed
where is_late = $late::boolean
order by export_time, usage_start_time, owner_id, line, n, cost
