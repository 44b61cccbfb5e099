import { createBigQuery, refuse } from '../fakes/bigquery.ts'
import { detailed, detailedFields, usageRow } from '../fakes/bigquery-tables.ts'
import { startServer } from '../fakes/fault-server.ts'
import { amounts, type FaultWorld } from './fault-world.ts'
import { echo, planted } from './planted.ts'

const reasons: Readonly<Record<number, string>> = {
  400: 'invalid',
  401: 'authError',
  403: 'accessDenied',
  429: 'rateLimitExceeded',
  500: 'internalError',
  503: 'backendError',
}

/** The detailed export: one day of ingestion a month. */
export async function googleExports(): Promise<FaultWorld> {
  const bigquery = createBigQuery({ pageRows: 2 })
  const server = await startServer(bigquery.handler)
  bigquery.table(detailed, { fields: detailedFields })
  return {
    server,
    source: { name: 'google', type: 'gcp_export', project: 'bills', dataset: 'exports', endpoint: server.url },
    put(state) {
      for (const [month, of] of Object.entries(amounts[state])) {
        const row = (amount: string, n: number) =>
          usageRow(Number(amount), {
            invoice: { month: month.replace('-', '') },
            usage_start_time: `${month}-15 08:00:00 UTC`,
            usage_end_time: `${month}-15 09:00:00 UTC`,
            export_time: `${month}-15 1${n}:00:00 UTC`,
          })
        bigquery.put(detailed, `${month}-15`, of.map(row))
      }
    },
    spoil: {
      'vanished day': () => bigquery.put(detailed, '2026-03-15', []),
      'failed job': () => bigquery.failJobs({ status: 503, reason: 'backendError', message: echo.google }),
      'page tokens run out': () => bigquery.expireTokens(),
      'answers forgotten': () => bigquery.expireAnswers(),
    },
    vanishes: true,
    refusal(status, headers) {
      const reply = refuse({ status, reason: reasons[status] ?? 'internalError', message: echo.google })
      return { kind: 'status', status, headers: { ...reply.headers, ...headers }, body: reply.body }
    },
    secrets: [planted.googleToken],
    close: server.close,
  }
}
