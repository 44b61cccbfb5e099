-- Which committed-use discounts are paid for and not used?
--
-- Advisory: the commitment is paid whether used or not, so the amount is not added to totals.
--
-- rule:
--   id         gcp.cud.unused
--   class      C
--   effort     S
--   risk       m
--   step       rate
--   reach      estate
--   evidence   unused
--   counted    false
--   action     Move matching usage to it, or share the discount across projects; let it lapse.
-- params:
--   $start_date    date                 first day of the look-back, inclusive (UTC)
--   $end_date      date                 last day, exclusive (UTC)
--   $minimum_share double default 0.01  unused share below which nothing is said
-- source:  fees less the usage they cover (FOCUS CommitmentDiscountStatus Unused); specs/commitments.md section 2 (waste)

select
    provider, billing_account_id, sub_account_id, region_id, service_name, resource_id, currency,
    cost::decimal(38, 15) as observed_cost,
    per_month(cost, first_at, $end_date::date) as monthly_cost,
    per_month(cost, first_at, $end_date::date) as monthly_saving,
    'rows' as price_source,
    meters, first_day, explanation,
from unused_commitments('gcp', $start_date::date, $end_date::date)
where cost > $minimum_share::double * total
order by provider, sub_account_id, resource_id, currency
