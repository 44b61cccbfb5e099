-- What do the charges that a finding rests on come to, by meter?
--
-- grain:   one row per meter and unit, the dearest first
-- params:
--   $finding_id varchar
--   $start_date date  first day of the evidence, inclusive (UTC)
--   $end_date   date  last day, exclusive (UTC)
-- source:  charges

select
    meter, any_value(ChargeDescription) as description, PricingUnit as unit,
    count(*)::bigint as charges,
    min(ChargePeriodStart)::date as first_day,
    max(ChargePeriodStart)::date as last_day,
    sum(PricingQuantity)::decimal(38, 6) as quantity,
    sum(EffectiveCost)::decimal(38, 10) as effective_cost,
from charges_of($finding_id::varchar, $start_date::date, $end_date::date)
group by meter, PricingUnit
order by effective_cost desc, meter, unit
