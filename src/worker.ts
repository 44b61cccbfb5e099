import { problemAnswer } from './api/http.ts'
import { type RateLimit, rateLimiter } from './api/rate-limit.ts'
import { askContainer, type ContainerState } from './edge/container.ts'
import { createEdge, type EdgeOptions } from './edge/edge.ts'
import type { Origin } from './edge/origin.ts'
import { type R2Bucket, r2Store } from './edge/r2-store.ts'
import { type EdgeSettings, type EdgeVars, readSettings } from './edge/settings.ts'
import { UserError } from './errors.ts'

/** Bindings of the Worker, as `wrangler.toml` names them. */
export interface Env extends EdgeVars {
  /** Where `costwright publish` writes. */
  readonly PUBLISHED: R2Bucket
  /** Cloudflare's own counting of requests, over all isolates of a location; without it each isolate counts for itself. */
  readonly RATE_LIMITER?: { limit(options: { readonly key: string }): Promise<{ readonly success: boolean }> }
  /** The full server as a container; ORIGIN_URL goes before it. */
  readonly SERVER?: { getByName(name: string): { fetch(request: Request): Promise<Response> } }
}

/** One application for the life of the isolate, whose caches it holds. */
const edges = new WeakMap<Env, ReturnType<typeof createEdge>>()

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    try {
      const edge = edges.get(env) ?? edgeOf(env)
      edges.set(env, edge)
      return await edge(request)
    } catch (error) {
      return misconfigured(error)
    }
  },
}

/** The full server's container, one for all. */
export class Server {
  private readonly state: ContainerState
  private readonly env: Readonly<Record<string, unknown>>

  constructor(state: ContainerState, env: Readonly<Record<string, unknown>>) {
    this.state = state
    this.env = env
  }

  fetch(request: Request): Promise<Response> {
    const texts = Object.entries(this.env).filter((one): one is [string, string] => typeof one[1] === 'string')
    const wait = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))
    return askContainer(request, this.state, { env: Object.fromEntries(texts), wait })
  }
}

/** Wrong variables are the deployment's fault, and nobody's who asks; anything else is a bug and fails the request with its stack. */
function misconfigured(error: unknown): Response {
  if (!(error instanceof UserError)) throw error
  const { message: detail, hint } = error
  return problemAnswer({ status: 500, code: 'misconfigured', detail, hint }, crypto.randomUUID())
}

function edgeOf(env: Env): ReturnType<typeof createEdge> {
  const settings = readSettings(env)
  return createEdge({
    store: r2Store(env.PUBLISHED, settings.prefix),
    origin: originOf(env, settings),
    serverUrl: settings.serverUrl,
    refreshSeconds: settings.refreshSeconds,
    admit: admitOf(env, settings.rate),
    now: () => new Date(),
    fetch: (input, init) => fetch(input, init),
    log: (entry) => console.log(JSON.stringify(entry)),
  })
}

function originOf(env: Env, { originUrl, originTimeoutMs: timeoutMs }: EdgeSettings): Origin | null {
  if (originUrl !== null) return { url: originUrl, timeoutMs, fetch: (request) => fetch(request) }
  const server = env.SERVER?.getByName('server')
  return server ? { url: 'http://server', timeoutMs, fetch: (request) => server.fetch(request) } : null
}

/** Cloudflare's limiter counts by the minute and does not say how long to wait. */
const limiterWaitSeconds = 10

function admitOf({ RATE_LIMITER: limiter }: Env, rate: RateLimit): EdgeOptions['admit'] {
  if (!limiter) return rateLimiter(rate, () => Date.now())
  return async (key) => ((await limiter.limit({ key })).success ? 0 : limiterWaitSeconds)
}
