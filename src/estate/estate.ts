import { UserError } from '../errors.ts'
import type { Warehouse } from '../warehouse/warehouse.ts'
import { writeAwsMonth } from './aws.ts'
import { writeAzureMonth } from './azure.ts'
import { monthsUntil } from './calendar.ts'
import { type EstateTruth, readTruth, writeConfig, writePlans } from './companion-files.ts'
import { type WrittenFile, writeText } from './files.ts'
import { writeGcpMonth } from './gcp.ts'
import { createModel, dropModel } from './tables.ts'

export interface EstateOptions {
  readonly directory: string
  /** Everything random follows from it. */
  readonly seed: number
  /** Consecutive billing months `YYYY-MM`, oldest first; default the thirteen that end with 2026-10. */
  readonly months?: readonly string[]
  /** 1 (default) = about 600,000 rows in thirteen months; more resources, not more money, above 1. */
  readonly scale?: number
  /** A writable connection; the schema `estate` of its database is replaced, and dropped at the end. */
  readonly warehouse: Warehouse
  onProgress?(done: number, total: number, label: string): void
}

export interface EstateFile extends WrittenFile {
  readonly source: 'aws' | 'azure' | 'gcp'
  readonly month: string
}

export interface EstateSummary extends EstateTruth {
  readonly directory: string
  readonly seed: number
  readonly months: readonly string[]
  /** Data rows in all provider files, superseded runs included. */
  readonly rows: number
  readonly files: readonly EstateFile[]
}

type Task = {
  readonly label: string
  readonly source: EstateFile['source']
  readonly month: string
  write(warehouse: Warehouse): Promise<WrittenFile[]>
}

const lanes = 2
const defaultLast = '2026-10'
/** Months before the last one; the planted particulars of single deliveries. */
const lateAge = 1
const restatedAge = 2

/**
 * Writes what AWS, Azure and Google Cloud would deliver for the invented company Halden Freight, its budgets, business metrics,
 * configuration and, apart, the truth about planted incidents and waste (`truth.json`).
 *
 * The same options give the same rows in the same order. Throws UserError for months that are not consecutive.
 * Source of layouts and row types: specs/exports.md.
 */
export async function writeEstate(options: EstateOptions): Promise<EstateSummary> {
  const { directory, seed, warehouse, scale = 1 } = options
  const months = options.months ?? monthsUntil(defaultLast, 13)
  checkOptions(months, scale)
  await createModel(warehouse, { seed, months, scale })
  try {
    const files = await runTasks(warehouse, tasksOf(directory, months, scale), options.onProgress)
    await writePlans(warehouse, directory, seed)
    await writeConfig(warehouse, directory)
    const truth = await readTruth(warehouse)
    const rows = files.reduce((sum, file) => sum + file.rows, 0)
    writeText(directory, 'truth.json', `${JSON.stringify({ seed, months, rows, ...truth }, null, 2)}\n`)
    return { directory, seed, months, rows, files, ...truth }
  } finally {
    await dropModel(warehouse)
  }
}

function checkOptions(months: readonly string[], scale: number): void {
  const last = months.at(-1) ?? ''
  if (months.length === 0 || months.join() !== monthsUntil(last, months.length).join()) {
    throw new UserError(`months ${months.join(', ')} are not consecutive`, {
      hint: 'Give months like 2026-08, 2026-09.',
    })
  }
  if (!(scale > 0)) throw new UserError(`scale ${scale} is not above 0`, { hint: 'Give 1 for about 600,000 rows.' })
}

function tasksOf(directory: string, months: readonly string[], scale: number): Task[] {
  const parts = Math.max(1, Math.ceil(scale / 8))
  return months.flatMap((month, index): Task[] => {
    const age = months.length - 1 - index
    const aws = (restated: boolean): Task => ({
      label: `aws ${month}${restated ? ' restated' : ''}`,
      source: 'aws',
      month,
      write: (warehouse) =>
        writeAwsMonth(warehouse, {
          directory,
          month,
          container: age % 4 === 1 ? 'csv.gz' : 'parquet',
          files: age === lateAge ? 2 * parts : parts,
          restated,
        }),
    })
    return [
      aws(false),
      ...(age === restatedAge ? [aws(true)] : []),
      {
        label: `azure ${month}`,
        source: 'azure',
        month,
        write: (warehouse) =>
          writeAzureMonth(warehouse, {
            directory,
            month,
            container: age % 4 === 3 ? 'csv' : 'csv.gz',
            files: age === lateAge ? 2 * parts : parts,
            withEarlierRun: age === 0,
          }),
      },
      {
        label: `gcp ${month}`,
        source: 'gcp',
        month,
        write: (warehouse) =>
          writeGcpMonth(warehouse, {
            directory,
            month,
            container: age % 2 === 0 ? 'json.gz' : 'parquet',
            withLateRows: age === lateAge,
          }),
      },
    ]
  })
}

/** Two connections work off one list, since a month is too small to keep two cores busy by itself. */
async function runTasks(
  warehouse: Warehouse,
  tasks: readonly Task[],
  onProgress: EstateOptions['onProgress'],
): Promise<EstateFile[]> {
  const results: EstateFile[][] = tasks.map(() => [])
  let next = 0
  let done = 0
  const lane = async () => {
    const connection = await warehouse.fork()
    try {
      for (let index = next++; index < tasks.length; index = next++) {
        const task = tasks[index]
        if (!task) break
        const written = await task.write(connection)
        results[index] = written.map((file) => ({ ...file, source: task.source, month: task.month }))
        done += 1
        onProgress?.(done, tasks.length, task.label)
      }
    } finally {
      connection.close()
    }
  }
  const settled = await Promise.allSettled(Array.from({ length: lanes }, lane))
  const failed = settled.find((result) => result.status === 'rejected')
  if (failed) throw failed.reason
  return results.flat()
}
