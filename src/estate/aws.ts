import type { ResultColumn, Warehouse } from '../warehouse/warehouse.ts'
import { instantIn, shiftMonth } from './calendar.ts'
import { type Container, copyRows, guidOf, type WrittenFile, writeText } from './files.ts'
import { createTemp, recordSpend } from './tables.ts'

const bucket = 'hf-billing-exports'
const exportRoot = 'billing/hf-cur2'

export interface AwsDelivery {
  readonly directory: string
  readonly month: string
  readonly container: Container
  readonly files: number
  /** A second delivery of the month: support and tax corrected, other line item ids, in a folder of its own. */
  readonly restated: boolean
}

/** Writes one CUR 2.0 delivery (Data Exports, overwrite mode) with its manifest, as synchronised from the bucket. */
export async function writeAwsMonth(warehouse: Warehouse, delivery: AwsDelivery): Promise<WrittenFile[]> {
  const { directory, month, restated } = delivery
  const run = guidOf(`cur ${month} ${restated ? 2 : 1}`)
  await createTemp(warehouse, 'usage_days', 'usage_days', { provider: 'aws', month })
  await createTemp(warehouse, 'aws_hours', 'aws_hours', { month })
  await createTemp(warehouse, 'aws_items', 'aws_items')
  await createTemp(warehouse, 'aws_fees', 'aws_fees', { month, restated })
  await createTemp(warehouse, 'aws_tax', 'aws_tax', { month, restated })
  await createTemp(warehouse, 'aws_rows', 'aws_cur', { month, run })
  if (!restated) {
    await recordSpend(
      warehouse,
      'aws',
      month,
      `select owner_id, product, cost as effective from usage_days
      union all select owner_id, null, case when line_type = 'Usage' then cost else coalesce(sp_effective, ri_effective, 0) end from aws_hours`,
    )
  }
  const root = restated ? 'aws/restated' : 'aws'
  const written = await writeCurFiles(warehouse, 'aws_rows', { ...delivery, root, name: 'hf-cur2', prefix: exportRoot })
  const at = instantIn(shiftMonth(month, 1), restated ? 16 : 3, 6)
  writeCurManifest(await warehouse.describe('select * from aws_rows'), written, {
    directory,
    root,
    prefix: exportRoot,
    name: 'hf-cur2',
    month,
    run,
    at,
  })
  return written
}

export interface CurFiles {
  readonly directory: string
  readonly month: string
  readonly container: Container
  readonly files: number
  /** Folder below `directory` that stands for the bucket. */
  readonly root: string
  readonly prefix: string
  readonly name: string
}

/** Data files of one billing period; rows of `table` are dealt by line item id. */
export async function writeCurFiles(warehouse: Warehouse, table: string, options: CurFiles): Promise<WrittenFile[]> {
  const { container, files } = options
  const suffix = container === 'parquet' ? 'snappy.parquet' : container
  const projection = curProjection(await warehouse.describe(`select * from ${table}`), container)
  const written: WrittenFile[] = []
  for (let index = 0; index < files; index++) {
    const part = `${options.name}-${String(index + 1).padStart(5, '0')}.${suffix}`
    const key = `${options.root}/${options.prefix}/data/BILLING_PERIOD=${options.month}/${part}`
    const dealt = files === 1 ? '' : `where hash(identity_line_item_id) % ${files} = ${index}`
    const select = `select ${projection} from ${table} ${dealt} order by rowid`
    written.push(await copyRows(warehouse, select, { directory: options.directory, key, container }))
  }
  return written
}

/** CSV: maps as JSON text, instants with Z, empty for no text. Parquet: amounts as doubles, as AWS writes them. */
export function curProjection(columns: readonly ResultColumn[], container: Container): string {
  const expressions = columns.map(({ name, type }) => {
    if (type.startsWith('MAP')) return container === 'parquet' ? name : `to_json(${name}) as ${name}`
    if (type.startsWith('DECIMAL') && container === 'parquet')
      return name.endsWith('blended_rate') ? `${name}::varchar as ${name}` : `${name}::double as ${name}`
    if (type === 'TIMESTAMP' && container !== 'parquet') return `strftime(${name}, '%Y-%m-%dT%H:%M:%S.000Z') as ${name}`
    return type === 'VARCHAR' && container !== 'parquet' ? `nullif(${name}, '') as ${name}` : name
  })
  return expressions.join(', ')
}

interface CurManifest {
  readonly directory: string
  readonly root: string
  readonly prefix: string
  readonly name: string
  readonly month: string
  readonly run: string
  readonly at: Date
}

/** The manifest in the metadata partition; data files are named as `s3://` addresses below the bucket. */
export function writeCurManifest(
  columns: readonly ResultColumn[],
  files: readonly WrittenFile[],
  options: CurManifest,
): void {
  const typeOf = (type: string) =>
    type.startsWith('MAP')
      ? 'map'
      : type.startsWith('DECIMAL')
        ? 'double'
        : type === 'TIMESTAMP'
          ? 'timestamp'
          : 'string'
  const manifest = {
    executionId: options.run,
    exportArn: `arn:aws:bcm-data-exports:us-east-1:410927463001:export/${options.name}-${guidOf(options.name)}`,
    dataFiles: files.map(({ key }) => `s3://${bucket}/${keyInBucket(key, options.root)}`),
    columns: columns.map(({ name, type }) => ({ name, type: typeOf(type) })),
  }
  const key = `${options.root}/${options.prefix}/metadata/BILLING_PERIOD=${options.month}/${options.name}-Manifest.json`
  writeText(options.directory, key, `${JSON.stringify(manifest, null, 2)}\n`, options.at)
}

function keyInBucket(key: string, root: string): string {
  return key.startsWith(`${root}/`) ? key.slice(root.length + 1) : key
}
