-- How fresh is the data of each source, and which version of each billing period is current?
--
-- grain:   one row per source, billing_period
-- columns:
--   source            varchar
--   format            varchar
--   billing_period    varchar    YYYY-MM
--   version           integer    current version; 1 is the first delivery
--   landed_at         timestamp
--   complete_through  timestamp  end of the last usage charge delivered
--   delay_hours       double     landed_at − complete_through; null for months that ended before
--   rows_out          bigint
-- source:  lake_versions; specs/kpis.md section 3

select
    source,
    arg_max(format, version) as format,
    billing_period,
    cast(max(version) as integer) as version,
    cast(arg_max(landed_at, version) as timestamp) as landed_at,
    cast(arg_max(complete_through, version) as timestamp) as complete_through,
    case
        when arg_max(complete_through, version) < cast(billing_period || '-01' as date) + interval 1 month
            then epoch(cast(arg_max(landed_at, version) as timestamp) - cast(arg_max(complete_through, version) as timestamp)) / 3600
    end as delay_hours,
    arg_max(rows_out, version) as rows_out,
from lake_versions
group by source, billing_period
order by billing_period desc, source
