-- Which recommendations come next in the list?
--
-- grain:   one row per finding, the largest saving that counts first
-- params:
--   $offset bigint  rows before it
--   $limit  bigint  rows at most
-- source:  listed

from listed
order by cash_saving_month desc nulls last, gross_saving_month desc nulls last, monthly_cost desc, finding_key
limit $limit::bigint offset $offset::bigint
