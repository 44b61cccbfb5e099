import { mkdirSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { readQuery } from '../catalog/files.ts'
import { UserError } from '../errors.ts'
import { quoteText, type Warehouse } from '../warehouse/warehouse.ts'
import { curProjection, writeCurManifest } from './aws.ts'
import { instantIn, shiftMonth } from './calendar.ts'
import { guidOf, type WrittenFile } from './files.ts'

export interface CurBenchmarkOptions {
  readonly directory: string
  readonly rows: number
  readonly files: number
  readonly container: 'csv.gz' | 'parquet'
  /** Billing month, YYYY-MM. */
  readonly period: string
  readonly seed: number
  /** A writable connection; two forks of it write files side by side. */
  readonly warehouse: Warehouse
}

const name = 'bench-cur2'
const prefix = 'billing/bench-cur2'
const lanes = 2

/**
 * Writes one month of CUR 2.0 rows of any number, about 125 columns, hourly, with resources and tags, and its manifest.
 *
 * The rows follow from the options alone; used commitment and reserved units add up, so that an import can prove itself on them.
 * Throws UserError for fewer rows than files.
 */
export async function writeCurBenchmark(options: CurBenchmarkOptions): Promise<WrittenFile[]> {
  const { directory, rows, files, period, warehouse } = options
  if (!(files >= 1 && rows >= files)) {
    throw new UserError(`${rows} rows cannot fill ${files} files`, { hint: 'Give at least one row a file.' })
  }
  const limits = Array.from({ length: files + 1 }, (_, index) => Math.floor((rows * index) / files))
  const written: WrittenFile[] = []
  let next = 0
  const lane = async () => {
    const connection = await warehouse.fork()
    try {
      for (let index = next++; index < files; index = next++) {
        written[index] = await writePart(connection, options, index, limits.slice(index, index + 2))
      }
    } finally {
      connection.close()
    }
  }
  await Promise.all(Array.from({ length: Math.min(lanes, files) }, lane))
  const run = guidOf(`${name} ${period} ${options.seed} ${rows}`)
  const at = instantIn(shiftMonth(period, 1), 3, 6)
  const columns = await warehouse.describe(readQuery('estate/cur_benchmark.sql'), paramsOf(options, 0, 0))
  writeCurManifest(columns, written, { directory, root: '.', prefix, name, month: period, run, at })
  return written
}

function paramsOf({ period, seed, rows }: CurBenchmarkOptions, first: number, last: number) {
  return { period, seed, rows, first, last }
}

async function writePart(
  connection: Warehouse,
  options: CurBenchmarkOptions,
  index: number,
  [first = 0, last = 0]: readonly number[],
): Promise<WrittenFile> {
  const { directory, period, container } = options
  const suffix = container === 'parquet' ? 'snappy.parquet' : container
  const key = `${prefix}/data/BILLING_PERIOD=${period}/${name}-${String(index + 1).padStart(5, '0')}.${suffix}`
  const path = join(directory, key)
  mkdirSync(dirname(path), { recursive: true })
  const query = readQuery('estate/cur_benchmark.sql')
  const params = paramsOf(options, first, last)
  const projection = curProjection(await connection.describe(query, params), container)
  const format =
    container === 'parquet' ? 'format parquet, compression snappy' : 'format csv, header true, compression gzip'
  await connection.exec(`copy (select ${projection} from (${query})) to ${quoteText(path)} (${format})`, params)
  return { key, bytes: statSync(path).size, rows: last - first }
}
