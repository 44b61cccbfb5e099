import { Hono } from 'hono'
import { createApp, problemOf, requestIds } from '../api/app.ts'
import type { AuditLog } from '../api/audit.ts'
import { createGate, type GateOptions, type Inner } from '../api/gate.ts'
import { guard, securityHeaders } from '../api/guard.ts'
import { type ApiEnv, problemAnswer } from '../api/http.ts'
import type { JobDesk } from '../api/job-desk.ts'
import type { KeyDesk } from '../api/key-desk.ts'
import { tokenOf } from '../api/login.ts'
import type { Principal } from '../api/principal.ts'
import { probePaths, probeRoutes } from '../api/probes.ts'
import type { UploadDesk } from '../api/upload-desk.ts'
import { styleHash } from '../web/style.ts'
import { elsewhere, publishedContext } from './context.ts'
import { type Following, follow } from './following.ts'
import { addressOf, edgeIdentify } from './identify.ts'
import { notAtTheEdge, notHere } from './not-here.ts'
import { publishedObjects } from './objects.ts'
import { type Origin, sendOn } from './origin.ts'
import { audienceId, type Manifest, type PublishedDocument } from './published.ts'
import type { ObjectStore } from './store.ts'

export interface EdgeOptions {
  readonly store: ObjectStore
  /** The full server, for what is not answered here; null where none is reached. */
  readonly origin: Origin | null
  /** Where people find the full server, for hints; null when that is not known. */
  readonly serverUrl: string | null
  /** Seconds after which a newer state or a revoked key is known. */
  readonly refreshSeconds: number
  readonly admit: GateOptions['admit']
  readonly now: () => Date
  /** Reaches the identity provider. */
  readonly fetch: typeof fetch
  /** Takes a line of the log. */
  readonly log: (entry: Readonly<Record<string, unknown>>) => void
}

/** Applications kept, each over one manifest, and what each keeps of its answers. */
const mostApps = 4
const cacheBytes = 4 * 2 ** 20

/** The application at the edge: the gate of the server before apps over what was published for each audience. */
export function createEdge(options: EdgeOptions): (request: Request) => Promise<Response> {
  const { store, log, now } = options
  const following = follow({ store, seconds: options.refreshSeconds, now })
  const requestId = requestIds()
  const headers = securityHeaders(styleHash)
  const logged = (id: string, error: unknown) =>
    log({
      kind: 'failure',
      request_id: id,
      error: error instanceof Error ? (error.stack ?? error.message) : String(error),
    })
  const gate = createGate({
    identify: edgeIdentify(following, { now, fetch: options.fetch }),
    appFor: audiences(following, { ...options, requestId, logged }),
    admit: options.admit,
    audit: (entry) => log({ kind: 'audit', at: now().toISOString(), ...entry }),
    headers,
    requestId,
  })
  const probes = new Hono<ApiEnv>().use(guard({ hosts: null, headers, requestId, origins: [] })).route(
    '/',
    probeRoutes(async () => (await following.access()) !== null),
  )
  return async (request) => {
    try {
      if (probePaths.has(new URL(request.url).pathname)) return await probes.fetch(request)
      return await gate(asApplicationTakes(request), addressOf(request))
    } catch (error) {
      const id = requestId()
      const problem = problemOf(error as Error)
      if (problem.status === 500 || problem.status === 502) logged(id, error)
      return problemAnswer(problem, id)
    }
  }
}

/**
 * Without `accept-encoding`: Cloudflare compresses answers on their way out, and would compress again what an application has compressed.
 * The token of Cloudflare Access, where that stands before the Worker, goes in the place of a key.
 */
function asApplicationTakes(request: Request): Request {
  const headers = new Headers(request.headers)
  headers.delete('accept-encoding')
  const token = headers.get('cf-access-jwt-assertion')
  if (token !== null && tokenOf(request) === null) headers.set('authorization', `Bearer ${token}`)
  return new Request(request, { headers })
}

interface AudienceOptions extends Pick<EdgeOptions, 'store' | 'origin' | 'serverUrl' | 'now'> {
  readonly requestId: () => string
  readonly logged: (id: string, error: unknown) => void
}

function audiences(following: Following, options: AudienceOptions): (teams: Principal['teams']) => Promise<Inner> {
  const { origin, serverUrl, requestId, logged, now } = options
  const objects = publishedObjects(options.store)
  const refuse = notHere(serverUrl)
  const apps = new Map<string, { readonly etag: string; readonly inner: Inner }>()
  const open = async (manifest: Manifest): Promise<Inner> => {
    const document = await objects.json<PublishedDocument>(manifest.document)
    const context = publishedContext({ manifest, document, objects, notHere: refuse }, now)
    const audit = manifest.teams === null ? { audit: elsewhere<AuditLog>(refuse, 'the audit log') } : {}
    const desks = {
      jobs: elsewhere<JobDesk>(refuse, 'a job'),
      uploads: elsewhere<UploadDesk>(refuse, 'an upload'),
      keys: elsewhere<KeyDesk>(refuse, 'a list of keys'),
    }
    const app = await createApp(context, { hosts: null, cacheBytes, onFailure: logged, desks, ...audit })
    return (request, who) => app.fetch(request, who)
  }
  const appFor = async (teams: Principal['teams']): Promise<Inner> => {
    const audience = await audienceId(teams)
    const version = await following.manifest(audience)
    if (!version) return async () => problemAnswer(unpublishedAudience(teams, serverUrl), requestId())
    const known = apps.get(audience)
    const inner = known?.etag === version.etag ? known.inner : await open(version.value)
    apps.delete(audience)
    apps.set(audience, { etag: version.etag, inner })
    for (const oldest of apps.keys()) {
      if (apps.size <= mostApps) break
      apps.delete(oldest)
    }
    return inner
  }
  return async (teams) => {
    const inner = await appFor(teams)
    if (!origin) return inner
    return async (request, who) => {
      const spare = request.body ? request.clone() : request
      const answer = await inner(request, who)
      return answer.status === 501 ? sendOn(spare, origin, { requestId: requestId(), onFailure: logged }) : answer
    }
  }
}

function unpublishedAudience(teams: Principal['teams'], serverUrl: string | null) {
  const { hint, ...problem } = notAtTheEdge(
    teams === null ? 'the data of all teams' : `the data of the teams ${teams.join(', ').slice(0, 200)} together`,
    serverUrl,
  )
  return { ...problem, hint: `Run \`costwright publish\` with this audience (publish.audiences). ${hint}` }
}
