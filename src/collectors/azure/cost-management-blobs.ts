import { Readable } from 'node:stream'
import { AnonymousCredential, BlobClient } from '@azure/storage-blob'
import { UpstreamError } from '../../errors.ts'
import { Gone, type Opened } from '../collector.ts'
import { failureOf } from '../failure.ts'
import { withDeadline } from '../objects/deadline.ts'
import { isInsecure } from './clients.ts'

/** A report that Azure made; its links carry signatures. */
export interface Report {
  readonly id: string
  /** When it was asked for; ISO instant. */
  readonly submitted: string
  /** None when the month has no data. */
  readonly blobs: readonly { readonly link: string; readonly bytes: number | null }[]
  /** From this time on (ms) the links are not used. */
  readonly validTill: number
}

interface OpenContext {
  readonly what: string
  readonly source: string
  /** Lets the next attempt ask for a new report. */
  readonly forget: () => void
}

/**
 * Opens a report from byte `from`. Several blobs become one CSV file, the header of the first; such a file starts at 0 always. Throws `Gone` when a blob is not there any more.
 */
export async function openBlobs(
  { blobs }: Report,
  from: number,
  signal: AbortSignal,
  context: OpenContext,
): Promise<Opened> {
  const [only] = blobs
  if (only && blobs.length === 1) return openBlob(only.link, from, signal, context)
  const parts = blobs.map(
    ({ link }) =>
      async () =>
        (await openBlob(link, 0, signal, context)).body,
  )
  return { body: Readable.from(joinCsv(parts, context)), bytes: null, version: null, from: 0 }
}

const deadlineMs = 60_000

async function openBlob(link: string, from: number, signal: AbortSignal, context: OpenContext): Promise<Opened> {
  isInsecure(link)
  const client = new BlobClient(link, new AnonymousCredential(), { retryOptions: { maxTries: 1 } })
  const answer = await withDeadline(signal, deadlineMs, (abortSignal) =>
    client.download(from, undefined, { abortSignal, maxRetryRequests: 0 }),
  ).catch((error: unknown) => {
    throw clean(error, context)
  })
  const length = answer.contentLength ?? null
  const total = /\/(\d+)$/.exec(answer.contentRange ?? '')?.[1]
  return {
    body: answer.readableStreamBody as Readable,
    bytes: total === undefined ? length : Number(total),
    version: answer.etag ?? null,
    from: total === undefined ? 0 : from,
  }
}

/** The error without the request that it holds, whose address is signed. A link that is refused or gone is not asked again. */
function clean(error: unknown, { what, forget }: OpenContext): Error {
  const { kind, status, message } = failureOf(error)
  if (['gone', 'denied', 'expired'].includes(kind)) forget()
  if (kind === 'gone') return new Gone(`${what}: the report is not there any more`)
  const { response, code } = error as { response?: { headers?: unknown }; code?: unknown }
  return Object.assign(new Error(message), { statusCode: status, code, headers: response?.headers })
}

/** Contents one after the other; those that follow lose their header, which must be that of the first. */
async function* joinCsv(
  parts: readonly (() => Promise<Readable>)[],
  { what, source }: OpenContext,
): AsyncGenerator<Buffer> {
  let columns: string | null = null
  let lastByte: number | undefined = newline
  for (const open of parts) {
    const content = await takeHeader(await open())
    if (!content) throw new UpstreamError(source, `${what}: a file of the report has no complete header`)
    const names = content.header
      .toString('utf8')
      .replace(/^\uFEFF/, '')
      .trimEnd()
    if (columns === null) yield content.header
    else if (names !== columns)
      throw new UpstreamError(source, `${what}: the files of the report have different columns`)
    else if (lastByte !== newline) yield Buffer.from('\n')
    columns = names
    for await (const chunk of content.rest) {
      lastByte = chunk.at(-1) ?? lastByte
      yield chunk
    }
  }
}

const newline = 10

/** First line of a stream and what follows it; null when there is no line. */
async function takeHeader(body: Readable): Promise<{ header: Buffer; rest: AsyncIterable<Buffer> } | null> {
  const chunks = (body as AsyncIterable<Buffer>)[Symbol.asyncIterator]()
  let start = Buffer.alloc(0)
  while (!start.includes(newline)) {
    const next = await chunks.next()
    if (next.done) return null
    start = Buffer.concat([start, next.value])
  }
  const end = start.indexOf(newline) + 1
  async function* rest(): AsyncGenerator<Buffer> {
    yield start.subarray(end)
    yield* { [Symbol.asyncIterator]: () => chunks }
  }
  return { header: start.subarray(0, end), rest: rest() }
}
