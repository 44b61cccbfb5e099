-- What do the recommendations come to, per currency?
--
-- grain:   one row per currency
-- source:  listed; `if_all_gross` adds alternatives and advice too, and counts money twice: for comparison only

select
    currency,
    count(*) filter (role = 'counted')::bigint as counted,
    coalesce(sum(cash_saving_month), 0)::decimal(38, 10) as cash_saving_month,
    coalesce(sum(expected_saving_month), 0)::decimal(38, 10) as expected_saving_month,
    coalesce(sum(gross_saving_month), 0)::decimal(38, 10) as if_all_gross,
    coalesce(sum(advisory_amount), 0)::decimal(38, 10) as advisory_amount,
    count(*) filter (role = 'unpriced')::bigint as unpriced,
from listed
group by all
order by currency
