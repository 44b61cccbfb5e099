-- Functions that the queries of the purchase lab share.

-- Months of a term as exports write it: 1yr, 3 Years, P1Y, 12, 36 Months. Null for anything else.
create or replace temp macro months_of(term) as case
    when regexp_matches(term, '(?i)^\s*p?[135]\s*y') then 12 * cast(regexp_extract(term, '[135]') as integer)
    when regexp_matches(term, '(?i)^\s*(12|36|60)\s*(m.*)?$') then cast(regexp_extract(term, '(12|36|60)') as integer)
end;
