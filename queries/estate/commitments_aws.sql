-- Which AWS reservations and savings plans does the sample company hold?
--
-- grain:   one row per commitment; RI: share = part of the fleet bought, SP: share = part of the steady demand at SP rates;
--          upfront = share of the price paid at once; a term that starts or ends outside the estate has a null age
-- source:  invented
select
    commitment, instrument, fleet, share::decimal(6, 4) as share, discount::decimal(6, 4) as discount, upfront::decimal(6, 4) as upfront,
    term, option_name, start_age, start_day, start_hour, end_age, end_day,
from (values
    ('sp-2025-main', 'sp', null, 0.40, 0.0, 0.0, '3yr', 'No Upfront', null, 1, 0, null, 1),
    ('sp-growth', 'sp', null, 0.25, 0.0, 0.4, '1yr', 'Partial Upfront', 9, 5, 9, null, 1),
    ('sp-lapsing', 'sp', null, 0.32, 0.0, 0.0, '1yr', 'No Upfront', null, 1, 0, 3, 14),
    ('ri-ledger', 'ri', 'rds', 1.00, 0.36, 0.0, '3yr', 'No Upfront', null, 1, 0, null, 1),
    ('ri-cache', 'ri', 'cache', 0.50, 0.33, 0.0, '3yr', 'No Upfront', null, 1, 0, null, 1),
    ('ri-m6i', 'ri', 'm6i', 0.50, 0.38, 0.5, '1yr', 'Partial Upfront', 10, 3, 14, null, 1)
) as v (commitment, instrument, fleet, share, discount, upfront, term, option_name, start_age, start_day, start_hour, end_age, end_day)
order by commitment
