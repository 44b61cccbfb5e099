-- Which charges does a finding rest on?
--
-- grain:   one row per charge as stored, oldest first, with source, billing period and version of its delivery
-- params:
--   $finding_id varchar
--   $start_date date    first day of the evidence, inclusive (UTC)
--   $end_date   date    last day, exclusive (UTC)
--   $offset     bigint  rows before it
--   $limit      bigint  rows at most
-- source:  charges

select *,
from charges_of($finding_id::varchar, $start_date::date, $end_date::date)
order by ChargePeriodStart, ResourceId, meter, EffectiveCost, ChargeDescription, PricingQuantity
limit $limit::bigint offset $offset::bigint
