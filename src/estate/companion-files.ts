import { stringify } from 'yaml'
import { readQuery } from '../catalog/files.ts'
import type { Warehouse } from '../warehouse/warehouse.ts'
import { copyRows, type WrittenFile, writeText } from './files.ts'
import { createTemp } from './tables.ts'

/** Writes `budgets.csv` and `metrics.csv`: plans that follow the estate's own spend with an error, and daily business volumes. */
export async function writePlans(warehouse: Warehouse, directory: string, seed: number): Promise<WrittenFile[]> {
  const written: WrittenFile[] = []
  for (const name of ['budgets', 'metrics']) {
    await createTemp(warehouse, `plan_${name}`, name, { seed })
    const select = `select * from plan_${name} order by rowid`
    written.push(await copyRows(warehouse, select, { directory, key: `${name}.csv`, container: 'csv' }))
  }
  return written
}

/** Writes `costwright.yaml` of the sample company: tag policy, dimensions and an owner for every account. */
export async function writeConfig(warehouse: Warehouse, directory: string): Promise<void> {
  const { rows } = await warehouse.query('select owner_id, team, product, environment from estate.owners order by 1')
  const distinct = (key: string) => [...new Set(rows.map((row) => String(row[key])))].sort()
  const config = {
    policy: {
      required: [
        { key: 'team', allowed: distinct('team') },
        { key: 'product', allowed: distinct('product') },
        {
          key: 'environment',
          allowed: ['prod', 'production', 'staging', 'stage', 'dev', 'development'],
          aliases: ['env'],
        },
      ],
      placeholders: ['none', 'n/a', 'n-a', 'na', 'unknown', 'tbd', '-', ''],
    },
    dimensions: { team: ['team'], product: ['product'], environment: ['environment', 'env'] },
    accounts: Object.fromEntries(
      rows.map((row) => [
        String(row['owner_id']),
        { team: row['team'], product: row['product'], environment: row['environment'] },
      ]),
    ),
    metrics: [
      { name: 'shipments_tracked' },
      { name: 'api_requests' },
      { name: 'active_tenants', aggregation: 'average' },
      { name: 'deployments' },
      { name: 'environments', aggregation: 'average' },
    ],
  }
  const head = '# Halden Freight, the sample company. docs/configuration.md lists every key.\n'
  writeText(directory, 'costwright.yaml', head + stringify(config, { flowCollectionPadding: true, lineWidth: 120 }))
}

/** What is known to be true of the estate and stands in no export. */
export interface EstateTruth {
  readonly incidents: readonly Readonly<Record<string, unknown>>[]
  /** Events that look like incidents and are none. */
  readonly decoy_events: readonly Readonly<Record<string, unknown>>[]
  readonly waste: readonly Readonly<Record<string, unknown>>[]
  readonly decoys: readonly Readonly<Record<string, unknown>>[]
  readonly commitments: readonly Readonly<Record<string, unknown>>[]
}

export async function readTruth(warehouse: Warehouse): Promise<EstateTruth> {
  const rowsOf = async (query: string) => (await warehouse.query(query)).rows
  const events = await rowsOf(readQuery('estate/incidents.sql'))
  const commitments = await rowsOf(
    `select 'aws' as source, commitment as name, arn as id, instrument, hourly, hourly_upfront, bought, term, start_at, end_at from estate.plan_terms
    union all select 'azure', name, benefit, kind, rate, 0, bought, term, start_day, null from estate.commitments_azure
    union all select 'gcp', name, subscription_id, kind, units * unit_price, 0, 1, '1yr', null, null from estate.commitments_gcp
    order by source, name`,
  )
  const split = (real: boolean) => events.filter((row) => row['is_real'] === real).map(({ is_real: _, ...row }) => row)
  return {
    incidents: [...split(true), ...(await rowsOf(readQuery('estate/ended.sql'))).map(known)],
    decoy_events: split(false),
    waste: await rowsOf(readQuery('estate/waste.sql')),
    decoys: await rowsOf(readQuery('estate/decoys.sql')),
    commitments,
  }
}

/** A row without what does not apply to it. */
function known(row: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null))
}
