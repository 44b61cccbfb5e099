import { lookup as lookupHost } from 'node:dns'
import { type IncomingMessage, type RequestOptions, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import type { LookupFunction } from 'node:net'
import { UserError } from '../../errors.ts'
import { type CollectorContext, Gone, type ObjectFile, type Opened } from '../collector.ts'
import { isInternalAddress, isLoopbackHost } from './address.ts'
import { withDeadline } from './deadline.ts'
import type { ObjectEntry, ObjectStore } from './object-store.ts'
import { readSmall } from './read-small.ts'

export interface HttpsConfig {
  readonly url: string
  /** Value of the Authorization header; sent to the configured host only. */
  readonly authorization?: string | undefined
}

const deadlineMs = 60_000
const silenceMs = 120_000
const redirects = 5
const largestBytes = 64 * 2 ** 30

/**
 * One file at an https address (http only on this machine). Redirects lead to https only, and to no address inside the network
 * unless the configuration itself names that host. The version is the ETag, else the time of change, else the day.
 * Throws UserError for an address that is refused or holds credentials.
 */
export function createHttpsStore(config: HttpsConfig, context: CollectorContext): ObjectStore {
  const start = checkedUrl(config.url, null)
  const url = `${start.origin}${start.pathname}`
  const key = decodeURIComponent(start.pathname.split('/').at(-1) ?? '') || start.hostname
  const ask = (method: 'HEAD' | 'GET', headers: Record<string, string>, signal: AbortSignal) =>
    withDeadline(signal, deadlineMs, (limited) =>
      follow(start, { method, headers, signal: limited }, config.authorization),
    )
  const store: ObjectStore = {
    url,
    async *list(prefix) {
      if (!key.startsWith(prefix)) return
      yield await context.retry(`look at ${url}`, async (signal) => {
        const answer = await headOf(ask, signal)
        return entryOf(answer, key, context.now())
      })
    },
    file: (entry, name) => webFile(entry, name, url, (headers, signal) => ask('GET', headers, signal)),
    read: (entry, limit) => readSmall(store.file(entry, entry.key), url, limit, context.retry),
  }
  return store
}

type Ask = (method: 'HEAD' | 'GET', headers: Record<string, string>, signal: AbortSignal) => Promise<IncomingMessage>

/** Signed addresses and simple servers refuse HEAD: then one byte of a GET tells the same. */
async function headOf(ask: Ask, signal: AbortSignal): Promise<IncomingMessage> {
  const head = await ask('HEAD', {}, signal)
  head.resume()
  if (![400, 403, 405, 501].includes(head.statusCode ?? 0)) return answered(head)
  const answer = answered(await ask('GET', { range: 'bytes=0-0' }, signal))
  answer.destroy()
  return answer
}

function entryOf(answer: IncomingMessage, key: string, now: Date): ObjectEntry {
  const { modified, version } = versionOf(answer)
  return {
    key,
    bytes: sizeOf(answer) ?? -1,
    version: version ?? `on ${now.toISOString().slice(0, 10)}`,
    modified: modified ?? now.toISOString(),
    md5: null,
  }
}

function versionOf({ headers }: IncomingMessage): { version: string | null; modified: string | null } {
  const time = Date.parse(headers['last-modified'] ?? '')
  const modified = Number.isNaN(time) ? null : new Date(time).toISOString()
  return { version: headers.etag ?? modified, modified }
}

function sizeOf({ headers }: IncomingMessage): number | null {
  const range = /^bytes \d+-\d+\/(\d+)$/.exec(headers['content-range'] ?? '')
  if (range) return Number(range[1])
  return headers['content-length'] === undefined ? null : Number(headers['content-length'])
}

function webFile(
  entry: ObjectEntry,
  name: string,
  url: string,
  get: (headers: Record<string, string>, signal: AbortSignal) => Promise<IncomingMessage>,
): ObjectFile {
  const version = entry.version.startsWith('on ') ? null : entry.version
  return {
    kind: 'object',
    name,
    bytes: entry.bytes < 0 ? null : entry.bytes,
    version,
    async open(from, signal): Promise<Opened> {
      const answer = await get(from === 0 ? {} : { range: `bytes=${from}-` }, signal)
      const status = answer.statusCode ?? 0
      const got = status < 300 ? versionOf(answer).version : version
      if ([404, 410, 412, 416].includes(status) || got !== version) {
        answer.destroy()
        throw new Gone(`${url} vanished or changed after it was looked at`)
      }
      answered(answer)
      const bytes = sizeOf(answer)
      if (bytes !== null && bytes > largestBytes) {
        answer.destroy()
        throw new UserError(`${url} has ${bytes} bytes`, { hint: `A file may have ${largestBytes} at most.` })
      }
      return { body: answer, bytes, version: got, from: status === 206 ? from : 0 }
    },
  }
}

/** An answer that says what is wrong becomes an error that the retry loop reads. */
function answered(answer: IncomingMessage): IncomingMessage {
  const status = answer.statusCode ?? 0
  if (status >= 200 && status < 300) return answer
  answer.resume()
  throw Object.assign(new Error(answer.statusMessage ?? ''), { status, headers: answer.headers })
}

interface Asked {
  readonly method: string
  readonly headers: Record<string, string>
  readonly signal: AbortSignal
}

async function follow(start: URL, asked: Asked, authorization: string | undefined): Promise<IncomingMessage> {
  let url = start
  for (let hops = 0; ; hops += 1) {
    const own = url.origin === start.origin
    const headers = { ...asked.headers, ...(own && authorization !== undefined ? { authorization } : {}) }
    const answer = await send(url, { ...asked, headers }, url.hostname === start.hostname)
    const { location } = answer.headers
    if (![301, 302, 303, 307, 308].includes(answer.statusCode ?? 0) || location === undefined) return answer
    answer.destroy()
    if (hops === redirects)
      throw new UserError(`${start.origin}${start.pathname} redirects more than ${redirects} times`)
    url = checkedUrl(new URL(location, url).href, start)
  }
}

/** Throws UserError unless `address` may be asked; `start` is what the configuration names, null for that itself. */
function checkedUrl(address: string, start: URL | null): URL {
  const url = URL.canParse(address) ? new URL(address) : null
  const named = start === null || url?.hostname === start.hostname
  const plain = url?.protocol === 'http:' && isLoopbackHost(url.hostname) && named
  if (url === null || !(url.protocol === 'https:' || plain)) {
    throw new UserError(`${url ? `${url.origin}${url.pathname}` : 'url'} is no https address`, {
      hint: 'Plain http is only for a server on this machine.',
    })
  }
  if (url.username || url.password) {
    throw new UserError(`the address ${url.host} holds a password`, {
      hint: 'Name a variable in authorization_env instead.',
    })
  }
  if (!named && (isLoopbackHost(url.hostname) || isInternalAddress(url.hostname.replace(/^\[|\]$/g, ''))))
    throw internalHost(url.hostname)
  return url
}

function internalHost(host: string): UserError {
  return new UserError(`a redirect leads to ${host}, inside the network`, {
    hint: 'Give the address that it leads to as url, if it is right.',
  })
}

/** Checks the very address that is connected to: a name may stand for another one a moment later. */
const publicLookup: LookupFunction = (host, options, done) => {
  lookupHost(host, { ...options, all: true }, (error, addresses) => {
    if (error) return done(error, [])
    if (addresses.some(({ address }) => isInternalAddress(address))) return done(internalHost(host), [])
    if (options.all) return done(null, addresses)
    const first = addresses[0]
    return done(null, first?.address ?? '', first?.family)
  })
}

function send(url: URL, { method, headers, signal }: Asked, named: boolean): Promise<IncomingMessage> {
  const options: RequestOptions = {
    method,
    headers: { 'accept-encoding': 'identity', 'user-agent': 'costwright', ...headers },
    signal,
    timeout: silenceMs,
    ...(named ? {} : { lookup: publicLookup }),
  }
  return new Promise((resolve, reject) => {
    const request = url.protocol === 'http:' ? requestHttp(url, options) : requestHttps(url, options)
    request.on('timeout', () =>
      request.destroy(Object.assign(new Error(`${url.host} fell silent`), { code: 'ETIMEDOUT' })),
    )
    request.on('response', resolve)
    request.on('error', reject)
    request.end()
  })
}
