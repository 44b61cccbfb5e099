-- Which committed-use discounts on Google Cloud does the sample company hold?
--
-- grain:   one row per subscription; cud: units committed (hours a hour of the SKU), flex: discounted dollars an hour
-- source:  invented; ratio = commitment price / on-demand price; specs/exports.md 4.4
with demand as (
    select line, any_value(price) as price, any_value(monthly) / pow(1 + any_value(growth), 12) / 730 as hourly, from estate.resources where provider = 'gcp' group by line
)
select
    v.line, v.kind, v.name, v.ratio::decimal(4, 2) as ratio, d.price,
    case v.kind when 'cud' then greatest(1, round(d.hourly / d.price::double * v.share::double))::decimal(18, 4)
        else (d.hourly * v.ratio::double * v.share::double)::decimal(14, 2)::decimal(18, 4) end as units,
    case v.kind when 'cud' then (d.price * v.ratio::decimal(4, 2))::decimal(18, 8) else 1::decimal(18, 8) end as unit_price,
    v.fee_sku, v.fee_text, v.service_code, v.service_name, (hash(v.name) % 9000000000000000 + 1000000000000000)::varchar as subscription_id,
from (values
    ('g-n2-core', 'cud', 'n2-core-we1', 0.63, 0.96, 'F61D-4D51-AAFC', 'Commitment v1: N2 Cpu in Belgium for 1 Year', '6F81-5844-456A', 'Compute Engine'),
    ('g-n2-ram', 'cud', 'n2-ram-we1', 0.63, 1.10, 'F4A2-7D0E-1B57', 'Commitment v1: N2 Ram in Belgium for 1 Year', '6F81-5844-456A', 'Compute Engine'),
    ('g-sql', 'flex', 'cloud-sql-2025', 0.75, 0.94, 'D2B1-90C4-7E3A', 'Commitment - dollar based v1: Cloud SQL for europe-west1 for 1 year', '9662-B51E-5089', 'Cloud SQL')
) as v (line, kind, name, ratio, share, fee_sku, fee_text, service_code, service_name)
join demand as d on d.line = v.line
order by v.line
