import { readQuery } from '../catalog/files.ts'
import type { Warehouse } from '../warehouse/warehouse.ts'
import { instantIn, lastDay, shiftMonth } from './calendar.ts'
import { type Container, copyRows, guidOf, type WrittenFile, writeText } from './files.ts'
import { createTemp, recordSpend } from './tables.ts'

const scope = '/providers/Microsoft.Billing/billingAccounts/73920461'
const exportsOf = [
  { type: 'ActualCost', name: 'hf-actual' },
  { type: 'AmortizedCost', name: 'hf-amortized' },
] as const

export interface AzureDelivery {
  readonly directory: string
  readonly month: string
  readonly container: Container
  readonly files: number
  /** Also writes the run of the 21st, month to date, which the final run supersedes. */
  readonly withEarlierRun: boolean
}

/** Writes the actual and the amortised export of one month (EA, columns of 2019), partitioned, a manifest per run folder. */
export async function writeAzureMonth(warehouse: Warehouse, delivery: AzureDelivery): Promise<WrittenFile[]> {
  const { month } = delivery
  await createTemp(warehouse, 'usage_days', 'usage_days', { provider: 'azure', month })
  await createTemp(warehouse, 'azure_charges', 'azure_charges', { month })
  await recordSpend(
    warehouse,
    'azure',
    month,
    'select owner_id, product, amortised_cost as effective from azure_charges where amortised_cost is not null',
  )
  const written: WrittenFile[] = []
  for (const { type, name } of exportsOf) {
    await warehouse.exec(`create or replace temp table azure_rows as ${readQuery('estate/azure_export.sql')}`, {
      month,
      dataset: type,
    })
    const next = shiftMonth(month, 1)
    if (delivery.withEarlierRun)
      await writeRun(warehouse, delivery, { type, name, through: 20, submitted: instantIn(month, 20, 5) })
    written.push(
      ...(await writeRun(warehouse, delivery, { type, name, through: 31, submitted: instantIn(next, 4, 5) })),
    )
  }
  return written
}

interface Run {
  readonly type: string
  readonly name: string
  /** Last day of the month that the run holds. */
  readonly through: number
  readonly submitted: Date
}

async function writeRun(warehouse: Warehouse, delivery: AzureDelivery, run: Run): Promise<WrittenFile[]> {
  const { month, directory, container, files } = delivery
  const compact = month.replace('-', '')
  const range = `${compact}01-${compact}${lastDay(month)}`
  const runId = guidOf(`${run.name} ${month} ${run.through}`)
  const folder = `costs/${run.name}/${range}/${runId}`
  const written: WrittenFile[] = []
  for (let index = 0; index < files; index++) {
    const select = `select nullif(columns(*)::varchar, '') from azure_rows
      where substr("Date", 4, 2)::int <= ${run.through} and rowid % ${files} = ${index} order by rowid`
    const key = `azure/${folder}/part_${index}_0001.${container}`
    written.push(await copyRows(warehouse, select, { directory, key, container }))
  }
  const total = (count: (file: WrittenFile) => number) => written.reduce((sum, file) => sum + count(file), 0)
  const manifest = {
    manifestVersion: '2024-04-01',
    byteCount: total((file) => file.bytes),
    blobCount: written.length,
    dataRowCount: total((file) => file.rows),
    exportConfig: {
      exportName: run.name,
      resourceId: `${scope}/providers/Microsoft.CostManagement/exports/${run.name}`,
      dataVersion: '2021-10-01',
      apiVersion: '2023-07-01-preview',
      type: run.type,
      timeFrame: 'TheLastMonth',
      granularity: 'Daily',
    },
    deliveryConfig: {
      partitionData: true,
      dataOverwriteBehavior: 'CreateNewReport',
      fileFormat: 'Csv',
      compressionMode: container === 'csv.gz' ? 'gzip' : 'none',
      containerUri: `${scope}/storage/hfcosts/containers/exports`,
      rootFolderPath: 'costs',
    },
    runInfo: {
      executionType: 'Scheduled',
      submittedTime: run.submitted.toISOString().replace('.000Z', '.1200000Z'),
      runId,
      startDate: `${month}-01T00:00:00`,
      endDate: `${month}-${lastDay(month)}T00:00:00`,
    },
    blobs: written.map(({ key, bytes, rows }) => ({
      blobName: key.slice('azure/'.length),
      byteCount: bytes,
      dataRowCount: rows,
    })),
  }
  writeText(directory, `azure/${folder}/manifest.json`, `${JSON.stringify(manifest, null, 2)}\n`, run.submitted)
  return written
}
