-- Which findings pass the common filters, what is each worth, and to which step of the waterfall does it belong?
--
-- grain:   one row per finding: rule, billing account, account, resource and currency
-- params:
--   $end_date     date            end of the look-back, exclusive (UTC)
--   $min_saving   decimal(38, 9)  least monthly saving of a finding, in its currency
--   $min_together decimal(38, 9)  least monthly saving of a rule's findings in a billing account: seven small ones are worth a look
--   $min_age_days integer         days since the first charge of a resource
-- source:  specs/optimisation.md sections 1, 2 and 4; a dismissed finding is hidden until its day, a done one for 30 days

with placed as (
    select
        f.*, r.version, r.title, r.action, r.evidence_class, r.effort, r.risk, r.step, r.step_order, r.confidence_cap, r.is_counted,
        u.resource_name, u.team, u.product, u.environment, u.first_seen, u.last_seen,
        greatest(coalesce(u.monthly_cost, f.monthly_cost), f.monthly_cost) as resource_cost,
        case when f.monthly_saving > f.monthly_cost then f.monthly_cost else f.monthly_saving end as gross_saving,
        coalesce(f.monthly_saving > f.monthly_cost, false) as is_capped,
        concat_ws('|', f.rule, f.billing_account_id, coalesce(f.resource_id, concat_ws('/', f.sub_account_id, f.region_id, f.service_name)), f.currency) as finding_key,
    from recommender_findings as f
    inner join recommender_rules as r on r.rule = f.rule
    left join usage_resources as u
        on u.provider = f.provider and u.resource_id = f.resource_id and u.currency = f.currency
        and u.billing_account_id is not distinct from f.billing_account_id and u.sub_account_id is not distinct from f.sub_account_id
),
kept as (
    select
        p.* exclude (last_seen),
        case when p.confidence_cap is not null then p.confidence_cap * least(1, greatest(0, p.data_factor)) end as confidence,
        case when p.step in ('eliminate', 'schedule', 'rightsize') then 'lifecycle' else p.step end as exclusive_group,
        case
            when p.resource_id is null then p.finding_key
            else concat_ws('|', p.provider, p.billing_account_id, p.sub_account_id, p.resource_id, p.currency)
        end as resource_key,
        left(md5(p.finding_key), 10) as finding_id,
        d.state,
    from placed as p
    left join ignored as i
        on i.provider = p.provider and i.resource_id = p.resource_id and i.sub_account_id is not distinct from p.sub_account_id and i.ignored_until >= $end_date::date
    left join recommender_decisions as d on d.finding_key = p.finding_key
    where p.observed_cost > 0
        and (p.gross_saving is null or p.gross_saving >= greatest($min_saving::decimal(38, 9), 0.000001))
        and coalesce(p.first_seen <= $end_date::date - $min_age_days::integer, true)
        and coalesce(p.last_seen >= $end_date::date - 3, true)
        and i.resource_id is null
        and coalesce(d.hidden_until < $end_date::date, true)
    qualify row_number() over (partition by p.finding_key order by p.monthly_cost desc, p.explanation) = 1
)
from kept
qualify coalesce(sum(gross_saving) over (partition by rule, billing_account_id, currency) >= $min_together::decimal(38, 9), true)
