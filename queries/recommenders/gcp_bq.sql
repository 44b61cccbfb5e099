-- Which projects run enough BigQuery on demand to compare it with slots?
--
-- rule:
--   id         gcp.bq
--   class      E
--   effort     M
--   risk       m
--   step       tier
--   action     Compare with an autoscaling reservation of the Standard or Enterprise edition.
-- params:
--   $start_date   date                 first day of the look-back, inclusive (UTC)
--   $end_date     date                 last day, exclusive (UTC)
--   $minimum_cost double default 1000  cost in the look-back
--   $slot_hour    double default 0.06  price of an Enterprise slot-hour in USD
-- source:  SKUs BigQuery Analysis; Enterprise slot-hour 0.06 USD (https://cloud.google.com/bigquery/pricing, list price of US and EU, seen 2025)

select
    provider, billing_account_id, sub_account_id, region_id, service_name, resource_id, currency,
    sum(effective_cost)::decimal(38, 15) as observed_cost,
    per_month(sum(effective_cost), min(first_at), $end_date::date) as monthly_cost,
    null::decimal(38, 10) as monthly_saving,
    null::varchar as price_source,
    list(distinct raw_meter order by raw_meter) as meters,
    min(charge_date) as first_day,
    coalesce(
        printf(
            'on-demand queries cost as much as %.0f Enterprise slots around the clock; fewer busy slots than that make slots cheaper',
            (sum(effective_cost) filter (currency = 'USD') / (count(distinct charge_date) * 24 * $slot_hour::double))::double
        ),
        'no price of a slot is known in this currency'
    ) as explanation,
from (select * replace (null::varchar as resource_id) from usage_days)
where provider = 'gcp' and charge_date >= $start_date::date
    and regexp_matches(service_name, '(?i)bigquery') and regexp_matches(meter, '(?i)^analysis')
group by all
having sum(effective_cost) > $minimum_cost::double
order by provider, sub_account_id, resource_id, currency
