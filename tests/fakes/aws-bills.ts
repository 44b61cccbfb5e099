import { gzipSync } from 'node:zlib'
import type { S3Fake } from './s3.ts'

export interface BillDelivery {
  readonly bucket?: string
  /** Folder of the export, without slashes at its ends; its last part is the export's name. */
  readonly path?: string
  readonly month: string
  /** One line for every amount, one data file for every list of them. */
  readonly files: readonly (readonly string[])[]
  /** Execution or assembly id. */
  readonly id: string
  /** When the manifest was written; the data are a minute older unless `dataModified` says otherwise. */
  readonly modified?: string
  readonly dataModified?: string
  readonly account?: string
}

const uuid = (id: string) => `00000000-0000-4000-8000-${id.padStart(12, '0')}`
const nameOf = (path: string) => path.split('/').at(-1) ?? ''
const minuteBefore = (instant: string) => new Date(Date.parse(instant) - 60_000).toISOString()

/** CUR 2.0 or legacy CSV, gzipped: usage of the first day of `month`, all lines under the same two line item ids. */
export function bill(month: string, amounts: readonly string[], legacy = false, account = '111111111111'): Buffer {
  const columns: Readonly<Record<string, (amount: string, n: number) => string>> = {
    'identity/LineItemId': (_, n) => `line${n % 2}`,
    'bill/BillType': () => 'Anniversary',
    'bill/PayerAccountId': () => account,
    'bill/BillingPeriodStartDate': () => `${month}-01T00:00:00Z`,
    'lineItem/UsageAccountId': () => '222222222222',
    'lineItem/LineItemType': () => 'Usage',
    'lineItem/UsageStartDate': () => `${month}-01T00:00:00Z`,
    'lineItem/UsageEndDate': () => `${month}-01T01:00:00Z`,
    'lineItem/ProductCode': () => 'AmazonEC2',
    'lineItem/CurrencyCode': () => 'USD',
    'lineItem/UnblendedCost': (amount) => amount,
  }
  const snake = (name: string) =>
    name
      .replace('/', '')
      .replaceAll(/(?<=.)[A-Z]/g, (letter) => `_${letter}`)
      .toLowerCase()
  const header = Object.keys(columns).map((name) => (legacy ? name : snake(name)))
  const lines = amounts.map((amount, n) =>
    Object.values(columns)
      .map((cell) => cell(amount, n))
      .join(','),
  )
  return gzipSync(`${[header.join(','), ...lines].join('\n')}\n`)
}

/**
 * A Data Export: `overwrite` puts its data where the last one's were, `create_new` into a folder of the execution, with the manifest
 * in such a folder too. `partition` is the spelling of the partition's key, `uri` how the manifest spells a key. Returns the keys.
 */
export function putDataExport(
  s3: S3Fake,
  delivery: BillDelivery & {
    readonly mode?: 'overwrite' | 'create_new'
    readonly partition?: string
    readonly uri?: (key: string) => string
    readonly manifest?: string
  },
): { manifest: string; data: string[] } {
  const { bucket = 'bills', path = 'cur/daily', month, files, id, modified = '2026-03-19T05:00:00Z' } = delivery
  const partition = `${delivery.partition ?? 'BILLING_PERIOD'}=${month}`
  const stamp = modified.replaceAll(/[-:]|\.\d+/g, '')
  const run = delivery.mode === 'create_new' ? `${stamp}-${uuid(id)}/` : ''
  const data = files.map((_, n) => `${path}/data/${partition}/${run}${nameOf(path)}-0000${n + 1}.csv.gz`)
  data.forEach((key, n) => {
    const at = { modified: delivery.dataModified ?? minuteBefore(modified) }
    s3.put(bucket, key, bill(month, files[n] ?? [], false, delivery.account), at)
  })
  const manifest = `${path}/metadata/${partition}/${run}${nameOf(path)}-Manifest.json`
  const uri = delivery.uri ?? ((key: string) => `s3://${bucket}/${key}`)
  const json = { columns: [], dataFiles: data.map(uri), executionId: uuid(id) }
  s3.put(bucket, manifest, delivery.manifest ?? JSON.stringify(json), { modified })
  return { manifest, data }
}

/** A legacy Cost and Usage Report: manifest in the period's folder, with a copy and the data in the assembly's. Returns the keys. */
export function putLegacyCur(
  s3: S3Fake,
  delivery: BillDelivery & { readonly slash?: '/' | '' },
): { manifest: string; copy: string; data: string[] } {
  const { bucket = 'bills', path = 'cur/hourly', month, files, id, modified = '2026-03-19T05:00:00Z' } = delivery
  const start = new Date(`${month}-01T00:00:00Z`)
  const end = new Date(Date.UTC(start.getUTCFullYear(), start.getUTCMonth() + 1, 1))
  const day = (date: Date) => date.toISOString().slice(0, 10).replaceAll('-', '')
  const folder = `${path}/${day(start)}-${day(end)}`
  const data = files.map((_, n) => `${folder}/${uuid(id)}/${nameOf(path)}-${n + 1}.csv.gz`)
  data.forEach((key, n) => {
    const at = { modified: delivery.dataModified ?? minuteBefore(modified) }
    s3.put(bucket, key, bill(month, files[n] ?? [], true, delivery.account), at)
  })
  const json = JSON.stringify({
    assemblyId: uuid(id),
    account: '111111111111',
    billingPeriod: { start: `${day(start)}T000000.000Z`, end: `${day(end)}T000000.000Z` },
    bucket,
    reportKeys: data.map((key) => `${delivery.slash ?? ''}${key}`),
  })
  const manifest = `${folder}/${nameOf(path)}-Manifest.json`
  const copy = `${folder}/${uuid(id)}/${nameOf(path)}-Manifest.json`
  for (const key of [manifest, copy]) s3.put(bucket, key, json, { modified })
  return { manifest, copy, data }
}
