import { type FakeRequest, type FaultServer, type Reply, startServer } from './fault-server.ts'

/** A day's cost as the fake bills it; amounts are decimal text with at most six places. */
export interface FakeCharge {
  /** `YYYY-MM-DD` */
  readonly day: string
  readonly chargeType?: string
  readonly subscription?: string
  readonly service?: string
  readonly actual: string
  readonly amortized: string
}

type Item = Readonly<Record<string, unknown>>

/** What the fake Azure holds; a test changes it as it likes. */
export interface FakeAzure {
  charges: FakeCharge[]
  /** Rows of an answer of Query before it names a next page. */
  pageRows: number
  /** Amounts of the forecast by day, as JSON numbers. */
  forecast: { readonly day: string; readonly cost: string; readonly status: string }[]
  /** CSV files by `<metric>/<YYYY-MM>`; a month that is not there has no data. */
  details: Map<string, readonly string[]>
  /** Polls that find a report unfinished, and the wait that they ask for. */
  polls: { count: number; retryAfter: string }
  /** What a report ends as, instead of its files. */
  reportError: { readonly code: string; readonly message: string } | null
  savingsPlans: Item[]
  reservations: Item[]
  recommendations: Item[]
  alerts: Item[]
  budgets: Item[]
  exports: Item[]
  /** Added to every answer. */
  headers: Readonly<Record<string, string>>
}

/** A signature that no error may show. */
export const plantedSignature = 'PLANTEDsignature0123456789'

/** A fake of Azure Resource Manager for Cost Management and Consumption, and of the storage account of its reports. */
export interface FakeArm extends FaultServer {
  readonly azure: FakeAzure
  /** Bodies that were posted to paths that end so. */
  posted(end: string): Item[]
}

/** Starts the fake on the loopback, empty. Numbers that a test gives as text are sent as JSON numbers with these digits. */
export async function startArm(): Promise<FakeArm> {
  const azure: FakeAzure = {
    charges: [],
    pageRows: 1000,
    forecast: [],
    details: new Map(),
    polls: { count: 0, retryAfter: '10' },
    reportError: null,
    savingsPlans: [],
    reservations: [],
    recommendations: [],
    alerts: [],
    budgets: [],
    exports: [],
    headers: {},
  }
  const reports = new Map<string, { key: string; polls: number }>()
  const server = await startServer((request) => {
    const reply = answer(request, azure, reports, server.url)
    return { ...reply, headers: { 'content-type': 'application/json', ...azure.headers, ...reply.headers } }
  })
  return {
    ...server,
    azure,
    posted: (end) =>
      server.requests
        .filter(({ method, path }) => method === 'POST' && path.endsWith(end))
        .map(({ body }) => JSON.parse(body.toString())),
  }
}

type Reports = Map<string, { key: string; polls: number }>

function answer(request: FakeRequest, azure: FakeAzure, reports: Reports, url: string): Reply {
  const { path } = request
  if (path.endsWith('/Microsoft.CostManagement/query')) return query(request, azure, url)
  if (path.endsWith('/Microsoft.CostManagement/forecast')) return forecast(request, azure)
  if (path.endsWith('/generateCostDetailsReport')) return createReport(request, azure, reports, url)
  if (path.includes('/costDetailsOperationResults/')) return pollReport(request, azure, reports, url)
  if (path.startsWith('/blobs/')) return blob(request, azure)
  if (path.endsWith('/run')) return { status: 200 }
  const lists: Readonly<Record<string, readonly Item[]>> = {
    benefitUtilizationSummaries: azure.savingsPlans,
    reservationSummaries: azure.reservations,
    benefitRecommendations: azure.recommendations,
    alerts: azure.alerts,
    budgets: azure.budgets,
    exports: azure.exports,
  }
  const items = lists[path.split('/').at(-1) ?? '']
  if (!items) return { status: 404, body: JSON.stringify({ error: { code: 'ResourceNotFound', message: path } }) }
  return page(request, items, url)
}

/** Two items a page, so that every listing of three has a next one. */
function page(request: FakeRequest, items: readonly Item[], url: string): Reply {
  const from = Number(request.query.get('$skiptoken') ?? '0')
  const next = new URL(request.url, url)
  next.searchParams.set('$skiptoken', String(from + 2))
  const value = items.slice(from, from + 2)
  return { body: rawJson({ value, ...(from + 2 < items.length ? { nextLink: next.href } : {}) }) }
}

/** JSON in which text such as `#1.10` is the number 1.10. */
function rawJson(value: unknown): string {
  return JSON.stringify(value).replace(/"#(-?[\d.]+(?:[eE][+-]?\d+)?)"/g, '$1')
}

interface Question {
  readonly type: string
  readonly timePeriod: { readonly from: string; readonly to: string }
  readonly dataset: { readonly grouping?: readonly { readonly name: string }[] }
}

const fields: Readonly<Record<string, (charge: FakeCharge) => string>> = {
  ChargeType: (charge) => charge.chargeType ?? 'Usage',
  SubscriptionId: (charge) => charge.subscription ?? '11111111-1111-1111-1111-111111111111',
  ServiceName: (charge) => charge.service ?? 'Virtual Machines',
}

function query(request: FakeRequest, azure: FakeAzure, url: string): Reply {
  const { type, timePeriod, dataset } = JSON.parse(request.body.toString()) as Question
  const within = azure.charges.filter(
    ({ day }) => day >= timePeriod.from.slice(0, 10) && day <= timePeriod.to.slice(0, 10),
  )
  if (within.length === 0) return { status: 204 }
  const names = (dataset.grouping ?? []).map(({ name }) => name)
  const sums = new Map<string, { keys: string[]; micros: bigint }>()
  for (const charge of within) {
    const keys = names.map((name) => fields[name]?.(charge) ?? '')
    const sum = sums.get(keys.join('\n')) ?? { keys, micros: 0n }
    sum.micros += micros(type === 'AmortizedCost' ? charge.amortized : charge.actual)
    sums.set(keys.join('\n'), sum)
  }
  const rows = [...sums.values()].map(({ keys, micros: sum }) => [`#${decimal(sum)}`, ...keys, 'EUR'])
  const from = Number(request.query.get('$skiptoken') ?? '0')
  const next = new URL(request.url, url)
  next.searchParams.set('$skiptoken', String(from + azure.pageRows))
  const columns = [
    { name: 'Cost', type: 'Number' },
    ...[...names, 'Currency'].map((name) => ({ name, type: 'String' })),
  ]
  return {
    body: rawJson({
      properties: {
        nextLink: from + azure.pageRows < rows.length ? next.href : null,
        columns,
        rows: rows.slice(from, from + azure.pageRows),
      },
    }),
  }
}

const micros = (amount: string) => {
  const [, sign = '', whole = '0', places = ''] = /^(-?)(\d+)(?:\.(\d*))?$/.exec(amount) ?? []
  return BigInt(`${sign}${whole}${places.padEnd(6, '0')}`)
}

const decimal = (units: bigint) => {
  const digits = String(units < 0n ? -units : units).padStart(7, '0')
  return `${units < 0n ? '-' : ''}${digits.slice(0, -6)}.${digits.slice(-6)}`
}

function forecast(request: FakeRequest, azure: FakeAzure): Reply {
  const { timePeriod } = JSON.parse(request.body.toString()) as Question
  const rows = azure.forecast
    .filter(({ day }) => day >= timePeriod.from.slice(0, 10) && day <= timePeriod.to.slice(0, 10))
    .map(({ day, cost, status }) => [`#${cost}`, `#${day.replaceAll('-', '')}`, status, 'EUR'])
  if (rows.length === 0) return { status: 204 }
  const columns = ['Cost', 'UsageDate', 'CostStatus', 'Currency'].map((name) => ({ name, type: 'String' }))
  return { body: rawJson({ properties: { nextLink: null, columns, rows } }) }
}

function createReport(request: FakeRequest, azure: FakeAzure, reports: Reports, url: string): Reply {
  const { metric, timePeriod } = JSON.parse(request.body.toString()) as {
    metric: string
    timePeriod: { start: string }
  }
  const id = `report-${reports.size + 1}`
  reports.set(id, { key: `${metric}/${timePeriod.start.slice(0, 7)}`, polls: azure.polls.count })
  const folder = request.url.slice(0, request.url.indexOf('/generateCostDetailsReport'))
  const location = `${url}${folder}/costDetailsOperationResults/${id}?api-version=2022-10-01`
  return { status: 202, headers: { location, 'retry-after': azure.polls.retryAfter } }
}

function pollReport(request: FakeRequest, azure: FakeAzure, reports: Reports, url: string): Reply {
  const id = request.path.split('/').at(-1) ?? ''
  const report = reports.get(id)
  if (!report) return { status: 404, body: '{}' }
  report.polls -= 1
  if (report.polls >= 0) return { status: 202, headers: { 'retry-after': azure.polls.retryAfter } }
  if (azure.reportError) return { body: JSON.stringify({ id, status: 'Failed', error: azure.reportError }) }
  const files = azure.details.get(report.key)
  if (!files) return { body: JSON.stringify({ id, status: 'NoDataFound' }) }
  const blobs = files.map((content, place) => ({
    blobLink: `${url}/blobs/${report.key}/${place}.csv?sv=2021-08-06&se=2026-03-20T12%3A00%3A00Z&sig=${plantedSignature}`,
    byteCount: Buffer.byteLength(content),
  }))
  return {
    body: JSON.stringify({
      id,
      status: 'Completed',
      manifest: { manifestVersion: '1', dataFormat: 'Csv', blobCount: blobs.length, blobs },
      validTill: '2026-03-20T12:00:00Z',
    }),
  }
}

function blob(request: FakeRequest, azure: FakeAzure): Reply {
  const [, , metric, month, file = ''] = request.path.split('/')
  const content = Buffer.from(azure.details.get(`${metric}/${month}`)?.[Number.parseInt(file, 10)] ?? '')
  if (request.query.get('sig') !== plantedSignature || request.headers.authorization !== undefined)
    return { status: 403, headers: { 'x-ms-error-code': 'AuthenticationFailed' } }
  const range = /^bytes=(\d+)-/.exec(String(request.headers['x-ms-range'] ?? request.headers.range ?? ''))
  const from = Number(range?.[1] ?? 0)
  return {
    status: range ? 206 : 200,
    headers: {
      'content-type': 'text/csv',
      etag: `"${content.length}"`,
      ...(range ? { 'content-range': `bytes ${from}-${content.length - 1}/${content.length}` } : {}),
    },
    body: content.subarray(from),
  }
}
