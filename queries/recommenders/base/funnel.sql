-- How much of what was identified was accepted, done and verified?
--
-- grain:   one row per currency
-- source:  table ledger (state, currency, identified, accepted_on, implemented_on, verified); amounts a month at identification
--          prices, verified as measured; specs/optimisation.md section 6 (vector O09); a ratio without a denominator is null;
--          what expired without a decision was no offer

with amounts as (
    select
        currency,
        coalesce(sum(identified) filter (state <> 'expired'), 0)::decimal(38, 9) as identified,
        coalesce(sum(identified) filter (accepted_on is not null and state not in ('dismissed', 'expired')), 0)::decimal(38, 9) as accepted,
        coalesce(sum(identified) filter (implemented_on is not null and state not in ('dismissed', 'expired')), 0)::decimal(38, 9) as implemented,
        coalesce(sum(verified) filter (state = 'verified'), 0)::decimal(38, 9) as verified,
        coalesce(sum(one_off) filter (implemented_on is not null), 0)::decimal(38, 9) as one_off_cost,
    from ledger
    group by all
)
select
    currency, identified, accepted, implemented, verified,
    accepted::double / nullif(identified, 0)::double as acceptance_rate,
    implemented::double / nullif(accepted, 0)::double as implementation_rate,
    verified::double / nullif(implemented, 0)::double as realisation_rate,
    verified::double / nullif(identified, 0)::double as end_to_end,
    (verified * 12)::decimal(38, 9) as run_rate_year,
    (verified - one_off_cost)::double / nullif(one_off_cost, 0)::double as roi,
from amounts
order by currency
