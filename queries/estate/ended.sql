-- Which discounts of the sample estate end, or go unused, within its months, so that the same usage costs more from then on?
--
-- grain:   one row per commitment that lapses, is crowded out or is returned, and per account whose credit ends; ten a day and more
with credited as (
    select owner_id, owner_name, any_value(meter) as meter, sum(monthly * share) * 0.4 / 30.4 as daily
    from estate.resources
    where line = 'g-vertex'
    group by all
    having daily >= 10
),
ended as (
    select
        'savings-plan-lapsed' as id, 'aws' as source, null as account_id, null as account_name, 'Savings Plans' as service,
        null as usage_type, 'coverage' as kind, 'a savings plan ends and is not renewed: the same usage is charged on demand' as note,
        end_at::date as first_day, 'USD' as currency, null as amount_per_day, arn as commitment, hourly as commitment_per_hour,
    from estate.plan_terms
    where commitment = 'sp-lapsing'
    union all
    select
        'savings-plan-crowded-out', 'aws', null, null, 'Savings Plans', null, 'utilisation',
        'a second savings plan takes over usage: a fifth of the older one is unused until it lapses',
        young.start_at::date, 'USD', null, old.arn, old.hourly,
    from estate.plan_terms as young
    inner join estate.plan_terms as old on old.commitment = 'sp-lapsing'
    where young.instrument = 'sp' and young.starts_inside and young.start_at between old.start_at and old.end_at
    union all
    select
        'reservation-returned', 'azure', null, null, 'Virtual Machines', null, 'coverage', 'a reservation is returned: its machine is charged by the hour',
        refund_day, 'EUR', null, benefit, rate,
    from estate.commitments_azure
    -- one machine is returned: a larger reservation goes on without it
    where refund_day is not null and bought = 1
    union all
    select
        'credit-ended/' || c.owner_name, 'gcp', c.owner_id, c.owner_name, 'Vertex AI', c.meter, 'credit_end', 'a start-up programme''s credit of 40 % ends',
        m.first_day, 'USD', c.daily::decimal(18, 2), null, null,
    from credited as c
    join estate.calendar as m on m.age = 5
    where exists (from estate.calendar as before where before.age = 6)
)
from ended order by first_day, id
