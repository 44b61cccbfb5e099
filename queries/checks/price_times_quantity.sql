-- I7: where is unit price × quantity not the cost?
--
-- Tolerance: 1e-9, 1e-6 of the cost, or half a unit of its last decimal, at most half a cent.
--
-- grain:   one row per source, billing_period, service_name, price_kind, billing_currency; no row when sound
-- columns:
--   severity            varchar          warning
--   source              varchar
--   billing_period      varchar
--   service_name        varchar
--   price_kind          varchar          list or contracted
--   billing_currency    varchar
--   charge_count        bigint
--   largest_difference  double
--   cost                decimal(38, 15)  of the charges that differ
-- source:  relation charges; identity I7 of specs/focus.md section 7, tolerance of specs/reconciliation.md section 5.4

with priced as (
    select
        source, billing_period, ServiceName as service_name, BillingCurrency as billing_currency,
        unnest([
            {'price_kind': 'list', 'unit_price': ListUnitPrice, 'cost': ListCost},
            {'price_kind': 'contracted', 'unit_price': ContractedUnitPrice, 'cost': ContractedCost}
        ], recursive := true),
        cast(PricingQuantity as double) as quantity,
    from charges
    where ChargeClass is distinct from 'Correction' and PricingQuantity is not null
        and (PricingCurrency is null or PricingCurrency = BillingCurrency)
),
compared as (
    select *, abs(cast(unit_price as double) * quantity - cast(cost as double)) as difference
    from priced
    where nullif(unit_price, 0) is not null and cost is not null
)
select
    'warning' as severity, source, billing_period, service_name, price_kind, billing_currency,
    count(*) as charge_count,
    max(difference) as largest_difference,
    sum(cost) as cost,
from compared
where difference > greatest(1e-9, 1e-6 * abs(cast(cost as double)))
    and difference > 0.5 * 10.0 ** -greatest(2, length(rtrim(split_part(cast(cost as varchar), '.', 2), '0'))) + 1e-12
group by all
order by source, billing_period, largest_difference desc, service_name, price_kind
