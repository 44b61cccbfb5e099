-- Which tag values does each resource carry now?
--
-- grain:   one row per provider, account, resource and tag
-- params:
--   $start_date date  first day of the look-back, inclusive (UTC)
--   $end_date   date  last day, exclusive (UTC)
-- source:  charges of the look-back; the newest charge with tags counts

with newest as (
    select
        cloud_of(x_ProviderName) as provider,
        SubAccountId as sub_account_id,
        ResourceId as resource_id,
        max_by(Tags, ChargePeriodStart) as tags,
    from recommender_charges
    where ChargePeriodStart >= $start_date::date and ChargePeriodStart < $end_date::date and ResourceId is not null and Tags is not null
    group by all
)
select provider, sub_account_id, resource_id, tag.key as tag_key, trim(tag.value) as tag_value
from (select *, unnest(map_entries(tags)) as tag from newest)
