-- What else is recommended on the resource of a finding, and what does each leave for the next?
--
-- grain:   one row per finding on the resource, in the order of the waterfall; alternatives of a step after the one that counts
-- params:
--   $finding_id varchar
-- source:  candidates, waterfall; specs/optimisation.md section 5

select
    c.finding_id, c.rule, c.title, c.step, w.role, c.confidence, c.resource_cost::decimal(38, 10) as resource_cost,
    c.gross_saving as gross_saving_month,
    w.cash_saving as cash_saving_month,
    (c.resource_cost - sum(coalesce(w.cash_saving, 0)) over before)::decimal(38, 10) as remaining_cost,
from candidates as c
inner join waterfall as w on w.finding_key = c.finding_key
where c.resource_key = (select resource_key from candidates where finding_id = $finding_id::varchar)
window before as (
    order by c.step_order, w.cash_saving desc nulls last, c.gross_saving desc nulls last, c.rule rows unbounded preceding
)
order by c.step_order, w.cash_saving desc nulls last, c.gross_saving desc nulls last, c.rule
