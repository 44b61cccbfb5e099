import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'

export interface FakeRequest {
  readonly method: string
  /** Decoded, without the query. */
  readonly path: string
  /** As sent: percent-encoded path and query. */
  readonly url: string
  readonly query: URLSearchParams
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

export interface Reply {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  /** A stream needs `content-length` among the headers, else it is sent in chunks. */
  readonly body?: string | Buffer | Readable
}

export type Handler = (request: FakeRequest) => Reply | Promise<Reply>

/**
 * What goes wrong with one request. `status` answers instead of the handler; `do` runs something before the handler answers.
 * `reset` breaks the connection before an answer, `hang` never answers. The others spoil the handler's answer: `slow` sends `bytes`
 * at a time with a pause; `cut` closes the connection after `after` bytes of the body, `short` `by` bytes before its end, both having
 * announced the whole length; `truncated` announces and sends `by` bytes fewer, which no client can tell from the answer alone.
 */
export type Fault =
  | {
      readonly kind: 'status'
      readonly status: number
      readonly headers?: Readonly<Record<string, string>>
      readonly body?: string
    }
  | { readonly kind: 'do'; readonly run: () => void }
  | { readonly kind: 'slow'; readonly bytes: number; readonly pauseMs: number }
  | { readonly kind: 'cut'; readonly after: number }
  | { readonly kind: 'short'; readonly by: number }
  | { readonly kind: 'truncated'; readonly by: number }
  | { readonly kind: 'reset' }
  | { readonly kind: 'hang' }

export interface LoggedRequest extends FakeRequest {
  /** Kind of the fault it met. */
  readonly fault: Fault['kind'] | null
}

export interface Faults {
  /** The next requests, whatever they are, meet these faults, one each. */
  next(...faults: readonly Fault[]): void
  /** Requests that match meet the fault, `times` times (default once). Scripted faults come before queued ones. */
  when(matches: (request: FakeRequest) => boolean, fault: Fault, times?: number): void
  /** Forgets all that is still to come. */
  clear(): void
}

export interface FaultServer {
  /** `http://127.0.0.1:<port>`, without a slash at the end. */
  readonly url: string
  /** Every request, in order of arrival. */
  readonly requests: LoggedRequest[]
  readonly faults: Faults
  close(): Promise<void>
}

/** Starts an http server (https with `tls`) on a free port of the loopback; faults come between `handler` and the client. */
export async function startServer(
  handler: Handler,
  options: { tls?: { key: string; cert: string } } = {},
): Promise<FaultServer> {
  const requests: LoggedRequest[] = []
  const script = createScript()
  const answer = (incoming: IncomingMessage, outgoing: ServerResponse) => {
    serve(incoming, outgoing).catch((error: unknown) => {
      if (!outgoing.headersSent) outgoing.writeHead(500, { 'content-type': 'text/plain' })
      outgoing.end(String(error))
    })
  }
  async function serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const request = await readRequest(incoming)
    const fault = script.take(request)
    requests.push({ ...request, fault: fault?.kind ?? null })
    if (fault?.kind === 'hang') return
    if (fault?.kind === 'reset') {
      incoming.socket.resetAndDestroy()
      return
    }
    if (fault?.kind === 'do') fault.run()
    await send(fault?.kind === 'status' ? fault : await handler(request), fault, request, outgoing)
  }
  const server = options.tls ? createTlsServer(options.tls, answer) : createServer(answer)
  server.keepAliveTimeout = 60_000
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `${options.tls ? 'https' : 'http'}://127.0.0.1:${port}`,
    requests,
    faults: script,
    async close() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

function createScript(): Faults & { take(request: FakeRequest): Fault | null } {
  let queue: Fault[] = []
  let scripted: { matches: (request: FakeRequest) => boolean; fault: Fault; left: number }[] = []
  return {
    next(...faults) {
      queue.push(...faults)
    },
    when(matches, fault, times = 1) {
      scripted.push({ matches, fault, left: times })
    },
    clear() {
      queue = []
      scripted = []
    },
    take(request) {
      const found = scripted.find(({ matches, left }) => left > 0 && matches(request))
      if (!found) return queue.shift() ?? null
      found.left -= 1
      return found.fault
    },
  }
}

async function readRequest(incoming: IncomingMessage): Promise<FakeRequest> {
  const chunks: Buffer[] = []
  for await (const chunk of incoming) chunks.push(chunk as Buffer)
  const url = new URL(`http://fake${incoming.url ?? '/'}`)
  return {
    method: incoming.method ?? 'GET',
    path: decodeURIComponent(url.pathname),
    url: incoming.url ?? '/',
    query: url.searchParams,
    headers: incoming.headers,
    body: Buffer.concat(chunks),
  }
}

async function send(reply: Reply, fault: Fault | null, request: FakeRequest, outgoing: ServerResponse): Promise<void> {
  const body = reply.body ?? ''
  const stated = reply.headers?.['content-length']
  const whole = body instanceof Readable || request.method === 'HEAD' ? stated : String(Buffer.byteLength(body))
  const total = whole === undefined ? Number.POSITIVE_INFINITY : Number(whole)
  const sent = limitOf(fault, total)
  const length = fault?.kind === 'truncated' ? String(sent) : whole
  outgoing.writeHead(reply.status ?? 200, {
    ...reply.headers,
    ...(length === undefined ? {} : { 'content-length': length }),
  })
  if (request.method === 'HEAD') {
    outgoing.end()
    return
  }
  outgoing.flushHeaders()
  await stream(body, sent, fault, outgoing)
  if (fault?.kind === 'cut' || fault?.kind === 'short') outgoing.socket?.destroySoon()
  else outgoing.end()
}

function limitOf(fault: Fault | null, total: number): number {
  if (fault?.kind === 'cut') return Math.min(fault.after, total)
  if (fault?.kind === 'short' || fault?.kind === 'truncated') return Math.max(0, total - fault.by)
  return total
}

/** Sends the first `limit` bytes, no faster than the client reads. */
async function stream(
  body: string | Buffer | Readable,
  limit: number,
  fault: Fault | null,
  outgoing: ServerResponse,
): Promise<void> {
  let left = limit
  const source: AsyncIterable<Uint8Array | string> | Iterable<Uint8Array | string> =
    body instanceof Readable ? body : [body]
  for await (const chunk of source) {
    const piece = (chunk instanceof Uint8Array ? chunk : Buffer.from(chunk)).subarray(0, left)
    const step = fault?.kind === 'slow' ? fault.bytes : piece.length
    for (let at = 0; at < piece.length; at += step) {
      if (outgoing.destroyed) return
      if (!outgoing.write(piece.subarray(at, at + step))) await drained(outgoing)
      if (fault?.kind === 'slow') await sleep(fault.pauseMs)
    }
    left -= piece.length
    if (left <= 0) return
  }
}

function drained(outgoing: ServerResponse): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const done = () => {
    outgoing.off('drain', done).off('close', done)
    resolve()
  }
  outgoing.on('drain', done).on('close', done)
  return promise
}
