-- Which reservations and savings plans end soon?
--
-- Advisory: the amount is the step in cost when the discount ends. The term starts with the purchase; where the bill begins
-- after the purchase the end is unknown and nothing is said.
--
-- rule:
--   id         az.commit.expiring
--   class      A
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
-- source:  Term and date of the purchase (Azure cost details); specs/commitments.md section 1

select
    provider, billing_account_id, sub_account_id, region_id, service_name, resource_id, currency,
    cost::decimal(38, 15) as observed_cost,
    per_month(cost, first_at, $end_date::date) as monthly_cost,
    per_month(on_demand - cost, first_at, $end_date::date) as monthly_saving,
    'rows' as price_source,
    meters, first_day, explanation,
from ending_commitments(
    'azure',
    coalesce(nullif(regexp_extract(CommitmentDiscountId, '^.*?orders/[^/]+'), ''), CommitmentDiscountId),
    if(regexp_matches(x_Term, '(?i)year|Y'), 12, 1) * try_cast(nullif(regexp_extract(x_Term, '[0-9]+'), '') as integer),
    $horizon_days::integer, $start_date::date, $end_date::date
)
order by provider, sub_account_id, resource_id, currency
