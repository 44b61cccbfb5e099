-- Which resources ask by a tag finops:ignore to be left alone, and until when?
--
-- grain:   one row per provider, account and resource
-- params:
--   $history_start date  first day, inclusive (UTC)
--   $end_date      date  last day, exclusive (UTC)
-- source:  charges; the tag's value is the last day, without one it holds for 90 days from when it was first seen

with tagged as (
    select
        cloud_of(x_ProviderName) as provider,
        SubAccountId as sub_account_id,
        ResourceId as resource_id,
        cast(ChargePeriodStart as date) as charge_date,
        list_filter(map_entries(Tags), lambda tag: regexp_full_match(lower(tag.key), '(user[_:])?finops[_:-]ignore'))[1].value as ignore_value,
    from recommender_charges
    where ChargePeriodStart >= $history_start::date and ChargePeriodStart < $end_date::date and ResourceId is not null and Tags is not null
)
select
    provider, sub_account_id, resource_id,
    coalesce(try_cast(max_by(ignore_value, charge_date) as date), min(charge_date) + 90) as ignored_until,
from tagged
where ignore_value is not null
group by all
