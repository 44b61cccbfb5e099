-- How much tax does AWS bill to each account in one month?
--
-- grain:   one row per account; reads the tables aws_items and aws_fees of the connection
-- params:
--   $month    varchar billing month, YYYY-MM
--   $restated boolean true = the second delivery: the rate was corrected
select
    'Tax' as line_type, i.owner_id, p.first_day::timestamp as start_at, p.next_day::timestamp as end_at, 'AmazonEC2' as service_code,
    'Amazon Elastic Compute Cloud' as service_name, '' as meter, '' as operation, 1::decimal(28, 10) as usage_amount, 'USSalesTax' as tax_type,
    'Tax for product code AmazonEC2' as description, round(greatest(sum(i.cost), 0) * case when $restated::boolean then 0.0124 else 0.0118 end, 2)::decimal(28, 10) as cost,
from (select owner_id, cost from aws_items union all select owner_id, cost from aws_fees) as i
cross join estate.calendar as p
where p.month = $month::varchar
group by i.owner_id, p.first_day, p.next_day
having sum(i.cost) > 1
