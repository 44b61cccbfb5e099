import { createHash } from 'node:crypto'
import { focusCharge } from '../fakes/azure-export.ts'
import { type FakeRequest, type Reply, startServer } from '../fakes/fault-server.ts'
import { startS3 } from '../fakes/s3.ts'
import { csvText } from '../support/dialect.ts'
import { amounts, type FaultWorld } from './fault-world.ts'
import { refusal } from './fault-worlds-aws.ts'
import { planted } from './planted.ts'

const charges = (month: string, of: readonly string[]) => of.map((amount, n) => focusCharge(month, amount, n))

/** One file a month in a bucket. */
export async function focusFromS3(): Promise<FaultWorld> {
  const s3 = await startS3({ pageSize: 1 })
  const key = (month: string) => `focus/bill-${month}.csv`
  return {
    server: s3,
    source: { name: 'focus', type: 'focus_files', url: 's3://bills/focus/', endpoint: s3.url },
    put(state) {
      s3.thawListing()
      for (const [month, of] of Object.entries(amounts[state])) s3.put('bills', key(month), csvText(charges(month, of)))
    },
    spoil: {
      'vanished object': () => s3.remove('bills', key('2026-03')),
      'stale listing': () => {
        s3.freezeListing()
        s3.put('bills', key('2026-03'), csvText(charges('2026-03', ['999'])))
      },
    },
    vanishes: true,
    refusal,
    secrets: [planted.awsKeyId, planted.awsSecret, planted.awsToken, planted.urlSignature],
    close: s3.close,
  }
}

/** One file at a signed address, which asks for a header of authorisation too. */
export async function focusFromTheWeb(): Promise<FaultWorld> {
  let content: Buffer | null = null
  const handler = ({ method, headers, query }: FakeRequest): Reply => {
    if (headers.authorization !== `Bearer ${planted.bearer}` || query.get('X-Sig') !== planted.urlSignature)
      return { status: 401 }
    if (content === null) return { status: 404 }
    const etag = `"${createHash('md5').update(content).digest('hex')}"`
    const about = { etag, 'accept-ranges': 'bytes', 'content-type': 'text/csv' }
    if (method === 'HEAD') return { headers: { ...about, 'content-length': String(content.length) } }
    const from = Number(/^bytes=(\d+)-/.exec(headers.range ?? '')?.[1] ?? 0)
    if (!headers.range) return { headers: about, body: content }
    const range = `bytes ${from}-${content.length - 1}/${content.length}`
    return { status: 206, headers: { ...about, 'content-range': range }, body: content.subarray(from) }
  }
  const server = await startServer(handler)
  return {
    server,
    source: {
      name: 'web',
      type: 'focus_files',
      url: `${server.url}/export/bill.csv?X-Sig=${planted.urlSignature}`,
      authorization_env: 'PLANTED_AUTHORIZATION',
    },
    env: { PLANTED_AUTHORIZATION: `Bearer ${planted.bearer}` },
    put(state) {
      content = Buffer.from(csvText(Object.entries(amounts[state]).flatMap(([month, of]) => charges(month, of))))
    },
    spoil: {
      'vanished object': () => {
        content = null
      },
    },
    refusal: (status, headers) => ({ kind: 'status', status, headers, body: `Bearer ${planted.bearer}` }),
    secrets: [planted.bearer, planted.urlSignature],
    close: server.close,
  }
}
