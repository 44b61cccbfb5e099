import { openDuckDb } from '../../src/warehouse/duckdb.ts'
import { bill, putDataExport } from '../fakes/aws-bills.ts'
import { costExplorerHandler } from '../fakes/cost-explorer.ts'
import { startServer } from '../fakes/fault-server.ts'
import { awsError } from '../fakes/organizations.ts'
import { failed, startS3 } from '../fakes/s3.ts'
import { amounts, type FaultWorld } from './fault-world.ts'
import { echo, planted } from './planted.ts'

const secrets = [planted.awsKeyId, planted.awsSecret, planted.awsToken, planted.urlSignature]

/** Errors of S3 by status. */
export const s3Codes: Readonly<Record<number, string>> = {
  400: 'ExpiredToken',
  401: 'Unauthorized',
  403: 'AccessDenied',
  429: 'SlowDown',
  500: 'InternalError',
  503: 'SlowDown',
}

/** A Data Export of two files a month, overwritten by each delivery. */
export async function awsExports(): Promise<FaultWorld> {
  const s3 = await startS3({ pageSize: 2 })
  const march = 'cur/daily/data/BILLING_PERIOD=2026-03/daily-00001.csv.gz'
  const manifest = 'cur/daily/metadata/BILLING_PERIOD=2026-03/daily-Manifest.json'
  const later = '2026-03-20T05:30:00Z'
  return {
    server: s3,
    source: { name: 'aws', type: 'aws_export', bucket: 'bills', endpoint: s3.url },
    put(state) {
      s3.thawListing()
      for (const [month, of] of Object.entries(amounts[state])) {
        const changed = state === 'second' && month === '2026-03'
        const modified = changed ? '2026-03-20T05:00:00Z' : '2026-03-19T05:00:00Z'
        putDataExport(s3, { month, files: [of.slice(0, 1), of.slice(1)], id: changed ? '2' : '1', modified })
      }
    },
    spoil: {
      'vanished object': () => s3.remove('bills', march),
      'changed object': () => s3.put('bills', march, bill('2026-03', ['999']), { modified: later }),
      'half-written manifest': () => s3.put('bills', manifest, '{"executionId":"3","dataFi', { modified: later }),
      'stale listing': () => {
        s3.freezeListing()
        s3.put('bills', march, bill('2026-03', ['999']), { modified: later })
      },
    },
    refusal: (status, headers) => refusal(status, headers),
    secrets,
    close: s3.close,
  }
}

export function refusal(status: number, headers: Readonly<Record<string, string>>) {
  const { body } = failed(status, s3Codes[status] ?? 'InternalError', echo.aws)
  return { kind: 'status', status, headers: { 'content-type': 'application/xml', ...headers }, body } as const
}

const costExplorerErrors: Readonly<Record<number, string>> = {
  400: 'ExpiredTokenException',
  401: 'UnrecognizedClientException',
  403: 'AccessDeniedException',
  429: 'LimitExceededException',
}

/** Control totals of Cost Explorer. */
export async function awsCosts(): Promise<FaultWorld> {
  const raw = await openDuckDb({ path: ':memory:' })
  const rows = Object.entries(amounts.first).flatMap(([month, of]) =>
    of.map((amount, n) => `('${month}-0${n + 1}', 'Usage', '22222222222${n}', 'Compute', ${amount}, ${amount}, 1)`),
  )
  await raw.exec(`create table cur as select * replace (unblended::decimal(28, 10) as unblended, amortized::decimal(28, 10) as amortized)
    from (values ${rows.join(', ')}) as t(day, record_type, account, service, unblended, amortized, amount)`)
  const payer = '111111111111'
  const fake = {
    organization: { payer, caller: payer, accounts: [], denied: [], alone: false },
    today: '2026-03-20',
    pageSize: 2,
    answers: new Map(),
    denied: new Set<string>(),
  }
  const server = await startServer(costExplorerHandler(fake, async (sql) => (await raw.query(sql)).rows))
  return {
    server,
    source: { name: 'ce', type: 'aws_cost_explorer', collect: ['totals'], endpoint: server.url, max_requests: 1000 },
    put: () => {},
    spoil: {},
    refusal(status, headers) {
      const error = awsError(costExplorerErrors[status] ?? 'InternalFailure', echo.aws, status)
      return { kind: 'status', status, headers: { ...error.headers, ...headers }, body: String(error.body) }
    },
    totals: true,
    secrets,
    async close() {
      await server.close()
      raw.close()
    },
  }
}
