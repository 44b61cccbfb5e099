import { createHash, randomUUID } from 'node:crypto'
import { BigQuery, type BigQueryOptions, type Job } from '@google-cloud/bigquery'
import type { SourceConfig } from '../../config-sources.ts'
import { UserError } from '../../errors.ts'
import { type CollectorContext, Gone } from '../collector.ts'
import { failureOf } from '../failure.ts'
import { parseEndpoint, untilAborted } from './clients.ts'
import { gib, inWords } from './exports-pricing.ts'

export type ExportConfig = Extract<SourceConfig, { type: 'gcp_export' }>

/** A row whose columns are all text, as the queries of exports-queries.ts select them. */
export type TextRow = Readonly<Record<string, string | null>>

export interface Query {
  /** Names the query in errors. */
  readonly what: string
  readonly text: string
  readonly params: Readonly<Record<string, string>>
  readonly location: string
  /**
   * Names the answer: a query run again under the same key within 24 hours, which is how long BigQuery keeps an answer, reads the
   * job that was paid for. Without it every run is a new job.
   */
  readonly key?: string
  /** Rows that the answer must have: one that was kept under `key` and has another number is not read again. */
  readonly expected?: number
}

/** What a collection asks of BigQuery. Every call is retried by the context's loop and no other. */
export interface Engine {
  readonly client: BigQuery
  /** Bytes that the query would read; free. Throws UserError beyond `max_gib_billed`. */
  dryRun(query: Query): Promise<bigint>
  /** Runs the query and gives its rows page by page; the first page comes after the job has ended. */
  rows(query: Query): AsyncGenerator<TextRow>
}

const rowsPerPage = 5000
/** Failed or forgotten jobs of one key before giving up. */
const mostJobs = 20

export function createEngine(config: ExportConfig, context: CollectorContext): Engine {
  const endpoint = parseEndpoint(config.name, config.endpoint)
  const client = new BigQuery({
    projectId: config.project,
    retryOptions: { autoRetry: false, maxRetries: 0 },
    ...(endpoint && { apiEndpoint: endpoint.url }),
    ...(endpoint?.anonymous && { authClient: nobody }),
  })
  const limit = BigInt(config.max_gib_billed) * gib

  const tooMuch = (what: string, bytes: string, cause?: unknown) =>
    new UserError(`${config.name}: ${what} would bill ${bytes}, max_gib_billed allows ${config.max_gib_billed} GiB`, {
      hint: 'Raise max_gib_billed of this source, or lower look_back_days.',
      cause,
    })

  const start = ({ text, params, location }: Query, more: { dryRun?: true; jobId?: string }) =>
    client.createQueryJob({
      query: text,
      params,
      location,
      maximumBytesBilled: String(limit),
      labels: { application: 'costwright' },
      ...more,
    })

  async function dryRun(query: Query): Promise<bigint> {
    const bytes = await context.retry(`dry run of ${query.what}`, async (signal) => {
      const [, answer] = await untilAborted(signal, () => start(query, { dryRun: true }))
      return BigInt(answer.statistics?.totalBytesProcessed ?? answer.statistics?.query?.totalBytesProcessed ?? '0')
    })
    if (bytes > limit) throw tooMuch(query.what, inWords(bytes))
    return bytes
  }

  /** The job of this name, made now or found; `found` ones may have failed long ago. */
  async function jobOf(query: Query, jobId: string): Promise<{ job: Job; found: boolean }> {
    try {
      const [job] = await start(query, { jobId })
      return { job, found: false }
    } catch (error) {
      if (codeOf(error) === 409) return { job: client.job(jobId, { location: query.location }), found: true }
      if (isTooMuch(error)) throw tooMuch(query.what, 'more', error)
      throw error
    }
  }

  /** A job that has its answer. One that failed is of no more use: another attempt takes the next name. */
  async function run(query: Query): Promise<Job> {
    const name = jobName(query)
    let made = 0
    const attempt = async (signal: AbortSignal): Promise<Job> => {
      const { job, found } = await untilAborted(signal, () => jobOf(query, `${name}_${made}`))
      const end = await endOf(job, signal)
      if ('rows' in end) {
        const outdated = found && query.expected !== undefined && end.rows !== query.expected
        if (!outdated || made + 1 >= mostJobs) return job
        made += 1
        return attempt(signal)
      }
      if (end.spent) made += 1
      if (end.spent && found && made < mostJobs) return attempt(signal)
      throw isTooMuch(end.error) ? tooMuch(query.what, 'more', end.error) : end.error
    }
    return context.retry(`run ${query.what}`, attempt)
  }

  async function* rows(query: Query): AsyncGenerator<TextRow> {
    const job = await run(query)
    let seen = 0
    let token: string | undefined
    do {
      const page = await context.retry(`read rows from ${seen} of ${query.what}`, (signal) =>
        untilAborted(signal, () => pageOf(job, seen, token, query.what)),
      )
      for (const row of page.rows) yield row
      seen += page.rows.length
      token = page.token
      if (token === undefined && seen !== page.total) {
        throw new Gone(`${query.what}: BigQuery announced ${page.total} rows and gave ${seen}`)
      }
    } while (token !== undefined)
  }

  return { client, dryRun, rows }
}

/** Stands for credentials where none are sent. */
const nobody = { getRequestHeaders: async () => new Headers() } as unknown as NonNullable<BigQueryOptions['authClient']>

function jobName({ text, params, key }: Query): string {
  if (key === undefined) return `costwright_${randomUUID()}`
  return `costwright_${createHash('sha256')
    .update(JSON.stringify([text, params, key]))
    .digest('hex')}`
}

/** Rows of the job's answer; else why it has none, and whether it will never have one. */
async function endOf(job: Job, signal: AbortSignal): Promise<{ rows: number } | { error: unknown; spent: boolean }> {
  try {
    for (;;) {
      const [, , answer] = await untilAborted(signal, () => job.getQueryResults({ maxResults: 0, autoPaginate: false }))
      if (answer?.jobComplete !== false) return { rows: Number(answer?.totalRows) }
    }
  } catch (error) {
    signal.throwIfAborted()
    const [facts] = await untilAborted(signal, () => job.getMetadata())
    return { error, spent: Boolean(facts.status?.errorResult) || codeOf(error) === 404 }
  }
}

/** One page. A page token that has run out is replaced by the number of the row: the rows of a finished job keep their order. */
async function pageOf(job: Job, seen: number, token: string | undefined, what: string) {
  const page = (from: { pageToken?: string; startIndex?: string }) =>
    job.getQueryResults({ maxResults: rowsPerPage, autoPaginate: false, ...from })
  const byNumber = seen > 0 ? { startIndex: String(seen) } : {}
  try {
    const [rows, , answer] = await page(token === undefined ? byNumber : { pageToken: token }).catch(
      (error: unknown) => {
        if (codeOf(error) === 400 && token !== undefined) return page(byNumber)
        throw error
      },
    )
    return { rows: rows as TextRow[], token: answer?.pageToken || undefined, total: Number(answer?.totalRows) }
  } catch (error) {
    if (codeOf(error) === 404) throw new Gone(`${what}: BigQuery has dropped the answer`, { cause: error })
    throw error
  }
}

const isTooMuch = (error: unknown) => reasonOf(error) === 'bytesBilledLimitExceeded'

const codeOf = (error: unknown): number | null => failureOf(error).status

/** `accessDenied`, `notFound`, …: https://cloud.google.com/bigquery/docs/error-messages */
function reasonOf(error: unknown): string | undefined {
  const { errors } = error as { errors?: readonly { reason?: string }[] }
  return errors?.[0]?.reason
}
