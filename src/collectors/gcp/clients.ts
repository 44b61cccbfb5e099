import { UserError } from '../../errors.ts'
import { isLoopbackHost } from '../objects/address.ts'
import { withDeadline } from '../objects/deadline.ts'

/** A configured `endpoint` of Google's services: Private Service Connect, or an emulator on this machine. */
export interface Endpoint {
  readonly url: string
  readonly protocol: 'http' | 'https'
  readonly host: string
  readonly port: number
  /** No credentials are looked for and none are sent. */
  readonly anonymous: boolean
}

/**
 * Reads `endpoint`; null when it is not set. Plain http is for emulators on this machine, which get no credentials. Throws UserError.
 */
export function parseEndpoint(source: string, endpoint: string | undefined): Endpoint | null {
  if (endpoint === undefined) return null
  const url = URL.canParse(endpoint) ? new URL(endpoint) : null
  const protocol = url?.protocol.slice(0, -1)
  if (!url || (protocol !== 'https' && !(protocol === 'http' && isLoopbackHost(url.hostname)))) {
    throw new UserError(`${source}: endpoint ${endpoint} is neither https nor http on this machine`, {
      hint: 'Leave endpoint out, unless you use Private Service Connect or an emulator.',
    })
  }
  const port = url.port === '' ? (protocol === 'https' ? 443 : 80) : Number(url.port)
  return { url: url.origin, protocol, host: url.hostname, port, anonymous: protocol === 'http' }
}

const longestCallMs = 120_000

/** What `work` gives, unless the run is stopped or the call takes longer than two minutes: Google's clients take no signal. */
export function untilAborted<Result>(signal: AbortSignal, work: () => Promise<Result>): Promise<Result> {
  return withDeadline(signal, longestCallMs, async (either) => {
    const { promise, reject } = Promise.withResolvers<never>()
    const stop = () => reject(either.reason)
    either.addEventListener('abort', stop, { once: true })
    try {
      return await Promise.race([work(), promise])
    } finally {
      either.removeEventListener('abort', stop)
    }
  })
}
