-- Where do savings against list price come from: negotiation, commitments, spot? The lines add up to the total.
--
-- grain:   one row per period, provider, billing_currency
-- params:
--   $grain      varchar default total  one of: total, month
--   $start_date date default null      first charge day, inclusive (UTC)
--   $end_date   date default null      last charge day, exclusive (UTC)
-- columns:
--   period              varchar          YYYY-MM or total
--   provider            varchar
--   billing_currency    varchar
--   ledger              varchar          accrual: EffectiveCost of usage
--   list_cost           decimal(38, 15)  unused commitments have none
--   effective_cost      decimal(38, 15)
--   negotiated_savings  decimal(38, 15)  Σ list − contracted
--   commitment_savings  decimal(38, 15)  Σ contracted − effective of covered usage, less the unused part
--   spot_savings        decimal(38, 15)  Σ contracted − effective of dynamically priced usage
--   other_savings       decimal(38, 15)  the remainder
--   total_savings       decimal(38, 15)  Σ list − effective
--   esr_list            double           total_savings ÷ list_cost
--   price_coverage      double           share of usage cost whose list and contracted cost are known
--   state               varchar          ok, incomplete or not_computable
--   reason              varchar
-- source:  mart daily; specs/commitments.md section 2
-- scope:   team

with sums as (
    select
        case when $grain::varchar = 'month' then charge_month else 'total' end as period,
        provider,
        billing_currency,
        sum(list_on_demand_cost) as list_cost,
        sum(effective_cost) as effective_cost,
        sum(list_on_demand_cost - on_demand_cost) as negotiated,
        coalesce(sum(on_demand_cost - effective_cost) filter (row_class = 'used'), 0)
            - coalesce(sum(effective_cost) filter (row_class = 'unused'), 0) as committed,
        coalesce(sum(on_demand_cost - effective_cost) filter (row_class = 'dynamic'), 0) as spot,
        sum(priced_effective_cost) / nullif(sum(effective_cost) filter (row_class <> 'unused'), 0) as price_coverage,
    from costs_between($start_date::date, $end_date::date)
    where charge_category = 'Usage'
    group by all
)
select
    period, provider, billing_currency, 'accrual' as ledger, list_cost, effective_cost,
    negotiated as negotiated_savings,
    committed as commitment_savings,
    spot as spot_savings,
    list_cost - effective_cost - negotiated - committed - spot as other_savings,
    list_cost - effective_cost as total_savings,
    (list_cost - effective_cost) / nullif(list_cost, 0) as esr_list,
    price_coverage,
    case when coalesce(list_cost, 0) = 0 then 'not_computable' when price_coverage < 0.95 then 'incomplete' else 'ok' end as state,
    case
        when coalesce(list_cost, 0) = 0 then 'no list cost in this scope'
        when price_coverage < 0.95 then printf('list and contracted cost are known for %.1f %% of the usage cost', 100 * price_coverage)
    end as reason,
from sums
order by period, billing_currency, total_savings desc nulls last, provider
