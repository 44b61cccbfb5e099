-- Charges of [first, last), whole months from `monthly`, the days of months cut at either end from `daily`; null is open-ended.
-- `charge_date` is the first of the month in whole months: group by `charge_month`, never by day.
create or replace macro first_whole_month(first) as
    case when first is null then date '0001-01-01' else cast(date_trunc('month', first + interval 1 month - interval 1 day) as date) end;
create or replace macro last_whole_month(last) as
    case when last is null then date '9999-01-01' else cast(date_trunc('month', last) as date) end;
create or replace macro costs_between(first, last) as table
    select * from monthly where charge_date >= first_whole_month(first) and charge_date < last_whole_month(last)
    union all by name
    select * exclude (version, spans_days) from daily
    where charge_date >= first and charge_date < least(first_whole_month(first), coalesce(last, date '9999-01-01'))
    union all by name
    select * exclude (version, spans_days) from daily
    where charge_date >= greatest(last_whole_month(last), first_whole_month(first)) and charge_date < last;
