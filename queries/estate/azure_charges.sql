-- What does Azure charge in one month, in the actual and in the amortised view?
--
-- grain:   one row per charge and day; actual_cost / amortised_cost null = no row in that dataset; reads usage_days
-- params:
--   $month varchar billing month, YYYY-MM
-- source:  specs/exports.md 3.4, specs/commitments.md section 5: two views of one bill
with period as (
    select c.* from estate.calendar as c where c.month = $month::varchar
),
days as (
    select unnest(generate_series(first_day, next_day - 1, interval 1 day))::date as charge_day from period
),
held as (
    select
        d.charge_day, c.*, c.bought - case when d.charge_day >= c.refund_day then 1 else 0 end as units,
    from days as d
    join estate.commitments_azure as c on d.charge_day >= c.start_day
),
ranked as (
    select
        u.*, h.kind as held_kind, h.rate as held_rate, h.unit_rate, h.units, h.name as benefit_name, h.order_id, h.benefit, h.term,
        row_number() over (partition by u.line, u.charge_day order by u.n) as ordinal,
        sum((u.amount::decimal(18, 4) * h.unit_rate)::decimal(28, 10)) over (partition by u.line, u.charge_day order by u.n rows unbounded preceding) as queue_end,
        (u.amount::decimal(18, 4) * h.unit_rate)::decimal(28, 10) as benefit_cost,
    from usage_days as u
    left join held as h on h.line = u.line and h.charge_day = u.charge_day
),
applied as (
    select
        *,
        case
            when held_kind = 'ri' and ordinal <= units then benefit_cost
            when held_kind = 'sp' then least(benefit_cost, greatest(0, 24 * held_rate - (queue_end - benefit_cost)))
            else 0
        end::decimal(28, 10) as taken,
    from ranked
),
split as (
    select
        *, case when taken = 0 then 0 when taken = benefit_cost then amount else (amount::double * taken::double / benefit_cost::double) end::decimal(28, 10) as covered_amount,
    from applied
),
usage as (
    select
        *, unnest(case when held_kind is null or taken = 0 then ['OnDemand'] when taken = benefit_cost then ['Covered'] else ['Covered', 'OnDemand'] end) as part,
    from split
),
charges as (
    select
        charge_day, line, n, owner_id, owner_name, product, environment, service_code, service_name, meter, operation, family, unit, price, region, resource_id, kind, id,
        is_tagged, tags, 'Usage' as charge_type, 'UsageBased' as frequency,
        case when part = 'OnDemand' then case when meter like '%Spot%' then 'Spot' else 'OnDemand' end when held_kind = 'ri' then 'Reservation' else 'SavingsPlan' end as pricing_model,
        case when part = 'Covered' then covered_amount else amount - covered_amount end::decimal(28, 10) as amount,
        case when part = 'Covered' then 0 when covered_amount = 0 then cost else ((amount - covered_amount)::double * price::double)::decimal(28, 10) end::decimal(28, 10) as actual_cost,
        case when part = 'Covered' then taken when covered_amount = 0 then cost else ((amount - covered_amount)::double * price::double)::decimal(28, 10) end::decimal(28, 10) as amortised_cost,
        case when part = 'Covered' then unit_rate else price end as effective_price,
        case when part = 'Covered' then benefit_name end as benefit_name, case when part = 'Covered' then order_id end as order_id,
        case when part = 'Covered' then benefit end as benefit, case when part = 'Covered' then term end as term,
    from usage
),
used as (
    select line, charge_day, sum(taken) as taken, from applied group by all
),
unused as (
    select
        h.charge_day, h.line, case h.kind when 'ri' then 'UnusedReservation' else 'UnusedSavingsPlan' end as charge_type, 'UsageBased' as frequency,
        case h.kind when 'ri' then 'Reservation' else 'SavingsPlan' end as pricing_model,
        case h.kind when 'ri' then ((24 * h.units * h.rate - coalesce(u.taken, 0)) / h.rate)::decimal(28, 10) else 24 end::decimal(28, 10) as amount,
        null::decimal(28, 10) as actual_cost, (24 * h.units * h.rate - coalesce(u.taken, 0))::decimal(28, 10) as amortised_cost, h.rate as effective_price,
        h.name as benefit_name, h.order_id, h.benefit, h.term,
    from held as h
    left join used as u on u.line = h.line and u.charge_day = h.charge_day
    where 24 * h.units * h.rate > coalesce(u.taken, 0)
),
purchases as (
    select
        greatest(c.start_day, p.first_day) as charge_day, c.line, 'Purchase' as charge_type, case when c.is_upfront then 'OneTime' else 'Recurring' end as frequency,
        case c.kind when 'ri' then 'Reservation' else 'SavingsPlan' end as pricing_model, c.bought::decimal(28, 10) as amount,
        (c.bought * c.rate * case when c.is_upfront then 8760 else 730 end)::decimal(28, 10) as actual_cost, null::decimal(28, 10) as amortised_cost,
        c.rate * case when c.is_upfront then 8760 else 730 end as effective_price, c.name as benefit_name, c.order_id, null as benefit, c.term,
    from estate.commitments_azure as c
    join period as p on not c.is_upfront or (c.start_day >= p.first_day and c.start_day < p.next_day)
    union all by name
    select
        c.refund_day as charge_day, c.line, 'Refund' as charge_type, 'OneTime' as frequency, 'Reservation' as pricing_model, -1::decimal(28, 10) as amount,
        (-c.rate * (8760 - 24 * date_diff('day', c.start_day, c.refund_day)))::decimal(28, 10) as actual_cost, null::decimal(28, 10) as amortised_cost,
        c.rate as effective_price, c.name as benefit_name, c.order_id, null as benefit, c.term,
    from estate.commitments_azure as c
    join period as p on c.refund_day >= p.first_day and c.refund_day < p.next_day
),
fees as (
    select
        p.first_day as charge_day, 'az-fee' as line, 'Purchase' as charge_type, 'Recurring' as frequency, 'OnDemand' as pricing_model, 1::decimal(28, 10) as amount, v.*,
    from period as p
    cross join (values
        ('Microsoft Support', 'Professional Direct', 'Support', 920.00::decimal(28, 10), 920.00::decimal(28, 10), '6f1c2a10-44d1-4c0e-9d5b-0a1b6f3e0008', 'Azure'),
        ('SaaS', 'Fjordlake Customs Connect - Standard', 'SaaS', 2650.00::decimal(28, 10), 2650.00::decimal(28, 10), '6f1c2a10-44d1-4c0e-9d5b-0a1b6f3e0003', 'Marketplace')
    ) as v (service_name, meter, family, actual_cost, amortised_cost, owner_id, publisher)
)
from charges
union all by name
select 'Virtual Machines' as service_name, 'Microsoft.Compute' as service_code, 'Compute' as family, 'westeurope' as region, '1 Hour' as unit, 'Reservation' as operation, benefit_name as meter,
    '6f1c2a10-44d1-4c0e-9d5b-0a1b6f3e0009' as owner_id, * from (from unused union all by name from purchases)
union all by name
from fees
