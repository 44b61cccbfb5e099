-- What could be saved, ranked by money that counts?
--
-- grain:   one row per finding
-- columns: in the order of the select; money per month (730 h) in `currency`, after commitments; gross = the finding alone,
--          cash = after the waterfall, null when no price is known; expected = cash × confidence
-- params:
--   $end_date date  end of the look-back, exclusive (UTC)
-- source:  specs/optimisation.md section 4

select
    c.finding_id, c.finding_key, c.rule, c.version as rule_version, c.title, w.role,
    c.provider, c.billing_account_id, c.sub_account_id, c.region_id, c.service_name, c.resource_id, c.resource_name,
    c.team, c.product, c.environment, c.first_seen, c.currency,
    c.evidence_class, c.confidence, c.effort, c.risk, c.step, c.exclusive_group,
    c.observed_cost, c.monthly_cost, c.resource_cost,
    c.gross_saving as gross_saving_month,
    w.cash_saving as cash_saving_month,
    (cast(w.cash_saving as decimal(24, 10)) * cast(c.confidence as decimal(6, 5)))::decimal(38, 10) as expected_saving_month,
    case when w.role = 'advisory' then c.gross_saving end as advisory_amount,
    c.one_off_cost,
    case when w.cash_saving > 0 then c.one_off_cost::double / w.cash_saving::double end as payback_months,
    c.covered_fraction, c.price_source,
    regexp_matches(c.price_source, '\bprice table of [0-9-]{10}$') and try_cast(right(c.price_source, 10) as date) < $end_date::date - 180 as is_price_old,
    c.is_capped, coalesce(c.explanation, 'from the sum of its charges; the bill states no quantities') as explanation, c.action,
    c.first_day as evidence_start, $end_date::date as evidence_end, c.meters as evidence_meters,
    case when c.state in ('done', 'verified') then 'regressed' when c.state = 'dismissed' then 'proposed' else coalesce(c.state, 'proposed') end as state,
from candidates as c
inner join waterfall as w on w.finding_key = c.finding_key
order by w.cash_saving desc nulls last, c.gross_saving desc nulls last, c.monthly_cost desc, c.finding_key
