-- What do the recommendations come to by strength of evidence?
--
-- grain:   one row per currency and evidence class
-- source:  listed; what counts, and beside it what is only listed (class E, advice, alternatives)

select
    currency, evidence_class,
    count(*)::bigint as findings,
    coalesce(sum(cash_saving_month), 0)::decimal(38, 10) as cash_saving_month,
    coalesce(sum(expected_saving_month), 0)::decimal(38, 10) as expected_saving_month,
    coalesce(sum(advisory_amount), 0)::decimal(38, 10) as advisory_amount,
    count(*) filter (role = 'unpriced')::bigint as unpriced,
from listed
group by all
order by currency, evidence_class
