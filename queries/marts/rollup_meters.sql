-- Which meters of usage could a commitment cover?
--
-- Those that a programme lists and those that have shown covered usage; the unused part of a commitment has no meter of its own. A provider of whose meters no programme lists any writes them in
-- another way: it is left out, and its service categories decide.
--
-- grain:   one row per provider, service_name, meter of a delivered version
-- columns:
--   provider      varchar  ServiceProviderName
--   service_name  varchar
--   meter         varchar  SkuMeter
--   is_eligible   boolean
-- source:  FOCUS CostAndUsage, commitment_programs (queries/lookups/commitment_programs.csv); specs/commitments.md section 1

with meters as (
    select
        ServiceProviderName as provider,
        ServiceName as service_name,
        SkuMeter as meter,
        bool_or(coalesce(CommitmentDiscountStatus = 'Used', false)) as has_covered,
    from charges
    where ChargeCategory = 'Usage' and SkuMeter is not null and CommitmentDiscountStatus is distinct from 'Unused'
    group by all
),
listed as (
    select
        m.provider,
        m.service_name,
        m.meter,
        m.has_covered,
        bool_or(regexp_matches(m.service_name, p.service_pattern) and regexp_matches(m.meter, p.meter_pattern)) as is_listed,
    from meters as m
    inner join commitment_programs as p on regexp_matches(m.provider, p.provider_pattern)
    group by all
)
select provider, service_name, meter, has_covered or is_listed as is_eligible,
from listed
qualify bool_or(is_listed) over (partition by provider)
