import { startArm } from '../fakes/arm.ts'
import { exportRun } from '../fakes/azure-export.ts'
import { failed, startBlob } from '../fakes/blob.ts'
import type { FakeRequest, Reply } from '../fakes/fault-server.ts'
import { amounts, type FaultWorld, type State } from './fault-world.ts'
import { echo, planted } from './planted.ts'

const secrets = [planted.sasSignature, planted.bearer]

const blobCodes: Readonly<Record<number, string>> = {
  400: 'AuthenticationFailed',
  401: 'NoAuthenticationInformation',
  403: 'AuthorizationPermissionMismatch',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'ServerBusy',
}

const isList = ({ query }: FakeRequest) => query.get('comp') === 'list'

/** An export of two parts a month, reached with a SAS token. */
export async function azureExports(): Promise<FaultWorld> {
  const { blob, server } = await startBlob({ pageSize: 3 })
  const runs = (state: State) =>
    Object.entries(amounts[state]).map(([month, of]) => {
      const submitted = state === 'second' && month === '2026-03' ? '2026-03-20T05:00:00Z' : '2026-03-19T05:00:00Z'
      return { submitted, blobs: exportRun({ month, amounts: of, parts: 2, submitted }) }
    })
  const march = (pattern: RegExp) => {
    const keys = runs(current).flatMap(({ blobs }) => [...blobs.keys()])
    return keys.findLast((key) => key.includes('20260301') && pattern.test(key)) ?? ''
  }
  let current: State = 'first'
  return {
    server,
    source: {
      name: 'azure',
      type: 'azure_export',
      account_url: `${server.url}/devstoreaccount1`,
      container: 'exports',
      sas_env: 'PLANTED_SAS',
    },
    env: { PLANTED_SAS: `?sv=2021-08-06&se=2027-01-01&sp=rl&sig=${planted.sasSignature}` },
    put(state) {
      current = state
      for (const { submitted, blobs } of runs(state))
        for (const [key, content] of blobs) blob.put('exports', key, content, { modified: submitted })
    },
    spoil: {
      'vanished object': () => blob.remove('exports', march(/part_0/)),
      'changed object': () => blob.put('exports', march(/part_1/), 'Date,Cost\n', { modified: '2026-03-20T05:30:00Z' }),
      'half-written manifest': () => blob.put('exports', march(/manifest/), '{"blobs":[{"blobNa'),
      'stale listing'() {
        const query = new URLSearchParams({ comp: 'list', sig: 'x' })
        const path = '/devstoreaccount1/exports'
        const listed = blob.handler({ method: 'GET', path, url: path, query, headers: {}, body: Buffer.of() }) as Reply
        const headers = { 'content-type': 'application/xml' }
        const stale = { kind: 'status', status: 200, headers, body: String(listed.body) } as const
        server.faults.when((request) => isList(request) && !request.query.get('marker'), stale, 1000)
        blob.put('exports', march(/part_1/), 'Date,Cost\n', { modified: '2026-03-20T05:30:00Z' })
      },
    },
    refusal(status, headers) {
      const { body, headers: own } = failed(status, blobCodes[status] ?? 'InternalError')
      const text = String(body).replace('<Message>', `<Message>${echo.azure.replaceAll('&', '&amp;')} `)
      return { kind: 'status', status, headers: { ...own, ...headers }, body: text }
    },
    secrets,
    close: server.close,
  }
}

/** Control totals of Cost Management, of the current month. */
export async function azureCosts(): Promise<FaultWorld> {
  const arm = await startArm()
  arm.azure.charges = Object.entries(amounts.first).flatMap(([month, of]) =>
    of.map((amount, n) => ({ day: `${month}-0${n + 1}`, service: `Service ${n}`, actual: amount, amortized: amount })),
  )
  arm.azure.pageRows = 2
  return {
    server: arm,
    source: {
      name: 'azure-totals',
      type: 'azure_cost_management',
      scope: 'providers/Microsoft.Billing/billingAccounts/8611537',
      collect: ['totals'],
      endpoint: arm.url,
      look_back_months: 2,
    },
    put: () => {},
    spoil: {},
    refusal: (status, headers) => ({
      kind: 'status',
      status,
      headers: {
        'content-type': 'application/json',
        ...(headers['retry-after'] && {
          'x-ms-ratelimit-microsoft.costmanagement-entity-retry-after': headers['retry-after'],
        }),
      },
      body: JSON.stringify({ error: { code: `${status}`, message: echo.azure } }),
    }),
    totals: true,
    secrets,
    close: arm.close,
  }
}
