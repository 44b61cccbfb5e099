import { createHash } from 'node:crypto'
import { gunzipSync, gzipSync } from 'node:zlib'
import { bill } from '../fakes/aws-bills.ts'
import type { FakeRequest } from '../fakes/fault-server.ts'
import type { S3Fake } from '../fakes/s3.ts'

/** Puts a Data Export of one file of about 4 MB there, which takes many writes to fetch: 50,000 charges of March 2026. */
export function putLargeExport(s3: S3Fake): void {
  const [head = '', line = ''] = gunzipSync(bill('2026-03', ['0.01']))
    .toString()
    .split('\n')
  const lines = Array.from(
    { length: 50_000 },
    (_, n) => `${line},${createHash('sha512').update(String(n)).digest('hex')}`,
  )
  const content = gzipSync([`${head},line_item_resource_id`, ...lines, ''].join('\n'), { level: 1 })
  const data = 'cur/daily/data/BILLING_PERIOD=2026-03/daily-00001.csv.gz'
  s3.put('bills', data, content, { modified: '2026-03-19T05:00:00Z' })
  const manifest = JSON.stringify({ columns: [], dataFiles: [`s3://bills/${data}`], executionId: 'one' })
  const at = { modified: '2026-03-19T05:01:00Z' }
  s3.put('bills', 'cur/daily/metadata/BILLING_PERIOD=2026-03/daily-Manifest.json', manifest, at)
}

export const isData = ({ path }: FakeRequest) => path.endsWith('.csv.gz')
