-- Which billing months does the sample estate cover?
--
-- grain:   one row per month; age = months before the last one; season = freight peaks before Christmas
-- params:
--   $months varchar[] billing months, YYYY-MM
select
    strftime(first_day, '%Y-%m') as month,
    first_day::date as first_day,
    (first_day + interval 1 month)::date as next_day,
    date_diff('month', first_day, max(first_day) over ()) as age,
    [0.97, 0.97, 0.99, 1.0, 1.0, 1.0, 0.98, 0.97, 1.01, 1.03, 1.06, 1.09][month(first_day)] as season,
from (select (unnest($months::varchar[]) || '-01')::timestamp as first_day)
order by first_day
