-- Which committed-use discounts end soon?
--
-- Advisory: the amount is the step in cost when the discount ends. The term starts with the purchase; where the bill begins
-- after the purchase the end is unknown and nothing is said.
--
-- rule:
--   id         gcp.cud.expiring
--   class      C
--   effort     S
--   risk       m
--   step       rate
--   reach      estate
--   counted    false
--   action     Decide on renewal with the purchase lab before the date.
-- params:
--   $start_date   date                first day of the look-back, inclusive (UTC)
--   $end_date     date                last day, exclusive (UTC)
--   $horizon_days integer default 90  days ahead
-- source:  first fee and the term in the SKU name (for 1 Year); specs/commitments.md section 1

select
    provider, billing_account_id, sub_account_id, region_id, service_name, resource_id, currency,
    cost::decimal(38, 15) as observed_cost,
    per_month(cost, first_at, $end_date::date) as monthly_cost,
    per_month(on_demand - cost, first_at, $end_date::date) as monthly_saving,
    'rows' as price_source,
    meters, first_day, explanation,
from ending_commitments(
    'gcp',
    CommitmentDiscountId,
    12 * try_cast(nullif(regexp_extract(coalesce(SkuMeter, CommitmentDiscountName), '(?i)([0-9]) ?years?', 1), '') as integer),
    $horizon_days::integer, $start_date::date, $end_date::date
)
order by provider, sub_account_id, resource_id, currency
