import type { LakeState, SourceState } from './api/context.ts'
import type { Reader } from './warehouse/duckdb-stream.ts'

const versions = `
    select
        source, format, billing_period, version, strftime(landed_at, '%Y-%m-%dT%H:%M:%SZ') as landed_at, delivery, currency,
        rows_in, rows_derived, rows_excluded, rows_out, rows_in + rows_derived - rows_excluded - rows_out as rows_difference,
        delivered_billed, billed_cost, delivered_billed - billed_cost as billed_difference,
        delivered_effective, effective_cost, delivered_effective - effective_cost as effective_difference, unknown_effective,
        strftime(complete_through, '%Y-%m-%dT%H:%M:%SZ') as complete_through,
        case
            when rows_in + rows_derived - rows_excluded <> rows_out then 'rows_differ'
            when delivered_billed is null then 'not_stated'
            when delivered_billed <> billed_cost then 'differs'
            else 'ties'
        end as status,
    from lake_versions
    order by source, billing_period, currency`

const sources = `
    select
        source, max(format) as format, currency, count(*)::integer as periods,
        min(billing_period) as first_period, max(billing_period) as last_period,
        strftime(max(landed_at), '%Y-%m-%dT%H:%M:%SZ') as newest_landed_at,
        strftime(max(complete_through), '%Y-%m-%dT%H:%M:%SZ') as complete_through,
        sum(rows_in) as rows_in, sum(rows_out) as rows_out,
        case when count(delivered_billed) = count(*) then sum(delivered_billed) end as delivered_billed,
        sum(billed_cost) as billed_cost,
        case when count(delivered_billed) = count(*) then sum(delivered_billed) - sum(billed_cost) end as difference,
        (count(*) filter (delivered_billed <> billed_cost or rows_in + rows_derived - rows_excluded <> rows_out))::integer as differing,
        (count(*) filter (delivered_billed is null))::integer as unstated,
    from lake_versions
    group by source, currency
    order by source, currency`

const deliveries = `
    select id, source, format, strftime(landed_at, '%Y-%m-%dT%H:%M:%SZ') as landed_at, upstream, files, bytes, warnings
    from deliveries
    order by landed_at desc, id desc`

const metrics = 'select metric, max(unit) as unit from business_metrics group by metric order by metric'

const targets = 'select kpi, comparison, met, near from kpi_targets order by kpi'

const bounds = `
    with by_source as (
        select source, max(complete_through) as complete_through, max(landed_at) as landed_at, min(first_charge) as first_charge
        from lake_versions
        group by source
    )
    select
        (select count(*) from (select distinct source, billing_period, version from lake_versions))::integer as version_count,
        strftime(max(landed_at), '%Y-%m-%dT%H:%M:%SZ') as newest_landed_at,
        strftime(min(complete_through), '%Y-%m-%dT%H:%M:%SZ') as complete_through,
        strftime(min(first_charge), '%Y-%m-%dT%H:%M:%SZ') as first_charge,
        strftime(max(complete_through), '%Y-%m-%dT%H:%M:%SZ') as last_charge,
    from by_source`

/** What the warehouse says about its own data: sources, versions with their control totals, deliveries, business metrics. */
export async function readLake(reader: Pick<Reader, 'query'>): Promise<LakeState> {
  const limits = (await reader.query(bounds, {})).rows[0] as unknown as Pick<
    LakeState,
    'version_count' | 'newest_landed_at' | 'complete_through' | 'first_charge' | 'last_charge'
  >
  return {
    ...limits,
    sources: (await reader.query(sources, {})).rows as unknown as SourceState[],
    versions: await reader.query(versions, {}),
    deliveries: await reader.query(deliveries, {}),
    metrics: (await reader.query(metrics, {})).rows as unknown as LakeState['metrics'],
    targets: (await reader.query(targets, {})).rows as unknown as LakeState['targets'],
  }
}
