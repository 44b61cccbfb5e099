import { answerOf, type FakeField, type FakeRow, type FakeTable, type QueryAnswer } from './bigquery-sql.ts'
import type { FakeRequest, Handler, Reply } from './fault-server.ts'

export interface TableOptions {
  readonly fields: readonly FakeField[]
  /** Default: partitioned by day of ingestion. */
  readonly partitioned?: boolean
}

/** Google's way to say no: the reason and its status, as documented at https://cloud.google.com/bigquery/docs/error-messages */
export interface Refusal {
  readonly status: number
  readonly reason: string
  readonly message: string
}

/** What tests set up and change. Days are `YYYY-MM-DD`. */
export interface BigQueryFake {
  readonly handler: Handler
  table(name: string, options: TableOptions): void
  /** Replaces the rows of a partition; none: the partition is gone. */
  put(table: string, day: string, rows: readonly FakeRow[]): void
  append(table: string, day: string, rows: readonly FakeRow[]): void
  rows(table: string, day: string): readonly FakeRow[]
  /** Answers requests of this kind with a refusal, until `allow`. */
  refuse(kind: 'list' | 'describe' | 'job' | 'data', refusal: Refusal): void
  allow(): void
  /** The next jobs that are not dry runs fail while they run. */
  failJobs(...refusals: readonly Refusal[]): void
  /** Polls that find the job still running, from now on. */
  slowJobs(polls: number): void
  /** Page tokens given so far are refused. */
  expireTokens(): void
  /** Answers of jobs so far are dropped, as after 24 hours. */
  expireAnswers(): void
  /** Jobs that ran, with what they bill: dry runs left out. */
  readonly jobs: readonly {
    readonly label: string
    readonly bytes: number
    readonly params: Readonly<Record<string, string>>
  }[]
}

interface Job {
  readonly answer: QueryAnswer | null
  readonly failure: Refusal | null
  polls: number
  expired: boolean
}

const project = 'bills'
const dataset = 'exports'
const location = 'EU'

/**
 * BigQuery's REST v2 of project `bills`, dataset `exports` in `EU`: tables.list and get, jobs.insert (with dryRun and
 * maximumBytesBilled) and get, getQueryResults by page token and start index. Queries are told apart by their first line; see
 * bigquery-sql.ts. `bytesPerRow` is what a row counts when whole partitions are read.
 */
export function createBigQuery(options: { pageRows?: number; bytesPerRow?: number } = {}): BigQueryFake {
  const tables = new Map<string, FakeTable>()
  const jobs = new Map<string, Job>()
  const ran: { label: string; bytes: number; params: Readonly<Record<string, string>> }[] = []
  const refusals = new Map<string, Refusal>()
  const failing: Refusal[] = []
  let polls = 0
  let epoch = 0
  const tableOf = (name: string) => {
    const table = tables.get(name)
    if (!table) throw new Error(`the fake has no table ${name}`)
    return table
  }

  function insert(body: InsertBody): Reply {
    const { query, dryRun } = body.configuration
    const refused = refusals.get('job')
    if (refused) return refuse(refused)
    const { jobId } = body.jobReference
    if (body.jobReference.location !== location)
      return refuse(notFound(`Dataset ${project}:${dataset} was not found in location ${body.jobReference.location}`))
    if (jobs.has(jobId))
      return refuse({
        status: 409,
        reason: 'duplicate',
        message: `Already Exists: Job ${project}:${location}.${jobId}`,
      })
    const params = Object.fromEntries(query.queryParameters.map((one) => [one.name, one.parameterValue.value]))
    const answer = answerOf(query.query, params, tables, { project, dataset, bytesPerRow: options.bytesPerRow ?? 1000 })
    if ('reason' in answer) return refuse(answer)
    const denied = refusals.get('data')
    if (denied) return refuse(denied)
    const statistics = {
      totalBytesProcessed: String(answer.bytes),
      query: { totalBytesProcessed: String(answer.bytes) },
    }
    const jobReference = { projectId: project, jobId, location }
    if (dryRun) return json({ jobReference, statistics, status: { state: 'DONE' } })
    return start(jobId, answer, params, query.maximumBytesBilled)
  }

  function start(jobId: string, answer: QueryAnswer, params: Readonly<Record<string, string>>, most: string): Reply {
    const over = answer.bytes > Number(most)
    const message = `Query exceeded limit for bytes billed: ${most}. ${answer.bytes} or higher required.`
    const limit = { status: 400, reason: 'bytesBilledLimitExceeded', message }
    const failure = over ? limit : (failing.shift() ?? null)
    jobs.set(jobId, { answer: failure ? null : answer, failure, polls, expired: false })
    if (!over) ran.push({ label: answer.label, bytes: answer.bytes, params })
    const jobReference = { projectId: project, jobId, location }
    return json({ jobReference, status: over ? failed(limit) : { state: 'RUNNING' } })
  }

  function results(jobId: string, request: FakeRequest): Reply {
    const job = jobs.get(jobId)
    if (!job || request.query.get('location') !== location)
      return refuse(notFound(`Job ${project}:${location}.${jobId}`))
    if (job.polls > 0) {
      job.polls -= 1
      return json({ jobReference: { projectId: project, jobId, location }, jobComplete: false })
    }
    if (job.failure) return refuse(job.failure)
    if (job.expired || !job.answer) return refuse(notFound(`Table ${project}:_anonymous.${jobId}`))
    return pageOf(job.answer, request.query)
  }

  function pageOf({ columns, rows }: QueryAnswer, query: URLSearchParams): Reply {
    const [, start, made] = /^from-(\d+)-(\d+)$/.exec(query.get('pageToken') ?? '') ?? []
    if (query.has('pageToken') && Number(made) !== epoch)
      return refuse({ status: 400, reason: 'invalid', message: 'Invalid page token' })
    const from = Number(start ?? query.get('startIndex') ?? 0)
    const size = Math.min(options.pageRows ?? 1000, Number(query.get('maxResults') ?? 1000))
    const page = rows.slice(from, from + size)
    const more = size > 0 && from + size < rows.length
    return json({
      jobComplete: true,
      totalRows: String(rows.length),
      schema: { fields: columns },
      ...(page.length > 0 && { rows: page.map((row) => ({ f: row.map((v) => ({ v })) })) }),
      ...(more && { pageToken: `from-${from + size}-${epoch}` }),
    })
  }

  function listTables(request: FakeRequest): Reply {
    const refused = refusals.get('list')
    if (refused) return refuse(refused)
    const names = [...tables.keys()].sort()
    const from = Number(request.query.get('pageToken') ?? 0)
    const page = names.slice(from, from + 2)
    const reference = (tableId: string) => ({ projectId: project, datasetId: dataset, tableId })
    return json({
      tables: page.map((name) => ({
        id: `${project}:${dataset}.${name}`,
        tableReference: reference(name),
        type: 'TABLE',
      })),
      ...(from + 2 < names.length && { nextPageToken: String(from + 2) }),
    })
  }

  function jobFacts(jobId: string): Reply {
    const job = jobs.get(jobId)
    if (!job) return refuse(notFound(`Job ${project}:${location}.${jobId}`))
    const status = job.failure && job.polls === 0 ? failed(job.failure) : { state: 'DONE' }
    return json({ jobReference: { projectId: project, jobId, location }, status })
  }

  function describe(name: string): Reply {
    const refused = refusals.get('describe')
    return refused ? refuse(refused) : tableFacts(name, tables.get(name))
  }

  const routes: readonly (readonly [RegExp, (found: string, request: FakeRequest) => Reply])[] = [
    [/^GET bills\/datasets\/exports\/tables()$/, (_, request) => listTables(request)],
    [/^GET bills\/datasets\/exports\/tables\/(.+)$/, describe],
    [/^POST bills\/jobs()$/, (_, request) => insert(JSON.parse(String(request.body)))],
    [/^GET bills\/jobs\/(.+)$/, jobFacts],
    [/^GET bills\/queries\/(.+)$/, results],
    [/^GET (.+)$/, (path) => refuse(notFound(`Dataset ${path.split('/')[0]}:${path.split('/')[2]}`))],
  ]
  const handler: Handler = (request) => {
    const line = `${request.method} ${request.path.replace('/bigquery/v2/projects/', '')}`
    for (const [pattern, reply] of routes) {
      const found = pattern.exec(line)
      if (found) return reply(found[1] ?? '', request)
    }
    return { status: 405 }
  }

  return {
    handler,
    jobs: ran,
    table: (name, { fields, partitioned = true }) => tables.set(name, { name, fields, partitioned, days: new Map() }),
    put(name, day, rows) {
      if (rows.length > 0) tableOf(name).days.set(day, [...rows])
      else tableOf(name).days.delete(day)
    },
    append: (name, day, rows) => tableOf(name).days.set(day, [...(tableOf(name).days.get(day) ?? []), ...rows]),
    rows: (name, day) => tableOf(name).days.get(day) ?? [],
    refuse: (kind, refusal) => refusals.set(kind, refusal),
    allow: () => refusals.clear(),
    failJobs: (...more) => failing.push(...more),
    slowJobs(count) {
      polls = count
    },
    expireTokens() {
      epoch += 1
    },
    expireAnswers() {
      for (const job of jobs.values()) job.expired = true
    },
  }
}

interface InsertBody {
  readonly jobReference: { readonly jobId: string; readonly location: string }
  readonly configuration: {
    readonly dryRun?: boolean
    readonly query: {
      readonly query: string
      readonly maximumBytesBilled: string
      readonly queryParameters: readonly { name: string; parameterValue: { value: string } }[]
    }
  }
}

function tableFacts(name: string, table: FakeTable | undefined): Reply {
  if (!table) return refuse(notFound(`Table ${project}:${dataset}.${name}`))
  return json({
    tableReference: { projectId: project, datasetId: dataset, tableId: name },
    location,
    schema: { fields: table.fields },
    ...(table.partitioned && { timePartitioning: { type: 'DAY' } }),
  })
}

const notFound = (what: string): Refusal => ({ status: 404, reason: 'notFound', message: `Not found: ${what}` })
const json = (body: unknown): Reply => ({ headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
const failed = ({ reason, message }: Refusal) => ({
  state: 'DONE',
  errorResult: { reason, message },
  errors: [{ reason, message }],
})

/** The body of a refusal, as a fault of the server. */
export function refuse({ status, reason, message }: Refusal): Reply & { status: number; body: string } {
  const error = { code: status, message, errors: [{ message, domain: 'global', reason }] }
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify({ error }) }
}
