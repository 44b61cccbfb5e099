import { lookup as resolve } from 'node:dns'
import { request as plainRequest } from 'node:http'
import { request as tlsRequest } from 'node:https'
import type { LookupFunction } from 'node:net'
import { isAllowedAddress } from './address-guard.ts'

export interface Call {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH'
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
  readonly signal: AbortSignal
}

export interface Answer {
  readonly status: number
  readonly headers: ReadonlyMap<string, string>
  readonly text: string
}

/** An answer that is no success. `status` and `headers` are read by the retry loop; `code` is the service's own word. */
export class RefusedCall extends Error {
  override readonly name = 'RefusedCall'
  readonly status: number
  readonly headers: ReadonlyMap<string, string>
  readonly code: string | undefined
  constructor(answer: Pick<Answer, 'status' | 'headers'>, message: string, code?: string) {
    super(message)
    this.status = answer.status
    this.headers = answer.headers
    this.code = code
  }
}

const largestBody = 1_000_000
const largestAnswer = 256_000

/** Refuses names that resolve to an address that must not be called, at the moment of connecting, so that DNS cannot change in between. */
const guardedLookup: LookupFunction = (hostname, options, done) => {
  resolve(hostname, options, (error, found, family) => {
    const addresses = Array.isArray(found) ? found.map(({ address }) => address) : [found]
    const bad = error ? undefined : addresses.find((address) => !isAllowedAddress(address, hostname))
    if (bad === undefined) done(error, found, family)
    else done(new Error(`${hostname} resolves to ${bad}, which may not be called`), '', 0)
  })
}

export interface Http {
  /** Throws RefusedCall for every status but 2xx, and the error of the connection. */
  call(url: URL, call: Call): Promise<Answer>
  /** The same with a JSON body, and the answer's JSON (null without one); an answer that is no JSON is an error. */
  callJson(url: URL, call: Omit<Call, 'body'> & { readonly body?: unknown }): Promise<unknown>
}

/** Requests to checked addresses: redirects are not followed, an exchange ends after `timeoutMs`, bodies and answers have limits. */
export function createHttp(timeoutMs: number): Http {
  const call: Http['call'] = async (url, sent) => {
    if (sent.body !== undefined && Buffer.byteLength(sent.body) > largestBody)
      throw new Error(`a message of ${Buffer.byteLength(sent.body)} bytes is larger than ${largestBody}`)
    const answer = await exchange(url, sent, timeoutMs)
    if (answer.status >= 200 && answer.status < 300) return answer
    const redirect = answer.status >= 300 && answer.status < 400 ? ' (redirects are not followed)' : ''
    throw new RefusedCall(answer, `answered ${answer.status}${redirect}: ${answer.text.slice(0, 300)}`)
  }
  return {
    call,
    async callJson(url, { body, headers, ...rest }) {
      const type = body === undefined ? {} : { 'content-type': 'application/json; charset=utf-8' }
      const answer = await call(url, {
        ...rest,
        headers: { accept: 'application/json', ...type, ...headers },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      return parseAnswer(answer)
    },
  }
}

function parseAnswer(answer: Answer): unknown {
  if (answer.text === '') return null
  try {
    return JSON.parse(answer.text)
  } catch (cause) {
    throw new RefusedCall(answer, `answered no JSON: ${answer.text.slice(0, 100)}`, String(cause))
  }
}

function exchange(url: URL, { method, headers, body, signal }: Call, timeoutMs: number): Promise<Answer> {
  const { promise, resolve: settle, reject } = Promise.withResolvers<Answer>()
  const send = url.protocol === 'https:' ? tlsRequest : plainRequest
  const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }
  const outgoing = send(url, {
    method,
    headers: { 'user-agent': 'costwright', ...headers, ...length },
    lookup: guardedLookup,
    agent: false,
    signal,
  })
  const timer = setTimeout(() => {
    outgoing.destroy(Object.assign(new Error(`no answer within ${timeoutMs} ms`), { code: 'ETIMEDOUT' }))
  }, timeoutMs)
  outgoing.on('response', (incoming) => {
    const chunks: Buffer[] = []
    let size = 0
    incoming.on('data', (chunk: Buffer) => {
      size += chunk.length
      chunks.push(chunk)
      if (size > largestAnswer) incoming.destroy(new Error(`the answer is larger than ${largestAnswer} bytes`))
    })
    incoming.on('error', reject)
    incoming.on('end', () => {
      const received = Object.entries(incoming.headers).map(([name, value]): [string, string] => [name, String(value)])
      const text = Buffer.concat(chunks).toString('utf8')
      settle({ status: incoming.statusCode ?? 0, headers: new Map(received), text })
    })
  })
  outgoing.on('error', reject)
  outgoing.end(body)
  return promise.finally(() => clearTimeout(timer))
}
