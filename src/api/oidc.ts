import { createRemoteJWKSet, customFetch, type JWTPayload, jwtVerify } from 'jose'
import { JOSEError } from 'jose/errors'
import { UpstreamError, UserError } from '../errors.ts'
import type { Principal } from './principal.ts'

/** An identity provider, and what its groups may do. */
export interface Oidc {
  readonly issuer: string
  readonly audience: string
  /** The claim that holds the caller's groups; `a.b` where it lies in another, as Access has those of its provider in `custom`. */
  readonly groups_claim: string
  readonly groups: readonly {
    readonly group: string
    readonly role: Principal['role']
    /** Absent for all teams. */
    readonly teams?: readonly string[] | undefined
  }[]
}

export interface OidcOptions {
  readonly now: () => Date
  /** Reaches the identity provider. */
  readonly fetch: typeof fetch
  /** Whether a host of a URL lies inside the network: a provider's keys do not, unless at its own address; default none does. */
  readonly isInside?: (hostname: string) => boolean
}

/**
 * Tells callers by token. Tokens are verified as OpenID Connect asks: the issuer's own keys, asymmetric signatures only, issuer, audience
 * and times.
 *
 * Only what has arrived is kept for later requests: at the edge, no request may wait for what another one has asked for.
 *
 * @returns a function that throws UpstreamError when the provider cannot be reached, and UserError when it describes another issuer
 */
export function oidcCallers(oidc: Oidc, options: OidcOptions): (token: string) => Promise<Principal | null> {
  const { now, fetch } = options
  let keys: ReturnType<typeof createRemoteJWKSet> | null = null
  return async (token) => {
    keys ??= createRemoteJWKSet(accessKeys(oidc.issuer) ?? (await discover(oidc.issuer, options)), {
      [customFetch]: fetch,
    })
    try {
      const { payload } = await jwtVerify(token, keys, {
        issuer: oidc.issuer,
        audience: oidc.audience,
        algorithms: ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'],
        requiredClaims: ['sub', 'exp'],
        clockTolerance: 60,
        currentDate: now(),
      })
      return principalOf(payload, oidc)
    } catch (error) {
      if (error instanceof JOSEError) return null
      throw error
    }
  }
}

/** Cloudflare Access signs for the applications behind it and describes itself nowhere: https://developers.cloudflare.com/cloudflare-one/access-controls/applications/http-apps/authorization-cookie/validating-json/ */
function accessKeys(issuer: string): URL | null {
  return /^https:\/\/[a-z0-9-]+\.cloudflareaccess\.com$/.test(issuer) ? new URL('/cdn-cgi/access/certs', issuer) : null
}

async function discover(issuer: string, { fetch, isInside = () => false }: OidcOptions): Promise<URL> {
  const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`
  const response = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(10_000) }).catch(
    (cause: unknown) => {
      throw new UpstreamError('identity provider', `${url} cannot be reached`, { retryable: true, cause })
    },
  )
  if (!response.ok)
    throw new UpstreamError('identity provider', `${url} answers ${response.status}`, {
      retryable: response.status >= 500,
    })
  const found = (await response.json()) as { issuer?: unknown; jwks_uri?: unknown }
  if (found.issuer !== issuer || typeof found.jwks_uri !== 'string' || !isSafe(found.jwks_uri, issuer, isInside))
    throw new UserError(`${url} does not describe the issuer ${issuer}`, {
      hint: 'auth.oidc.issuer is spelt exactly as the provider spells it in its tokens.',
    })
  return new URL(found.jwks_uri)
}

/** Keys come over https and from no address inside the network; a provider that is there itself, as tests have it, serves its own. */
function isSafe(url: string, issuer: string, isInside: (hostname: string) => boolean): boolean {
  if (!URL.canParse(url)) return false
  const { hostname, origin, protocol } = new URL(url)
  return origin === new URL(issuer).origin || (protocol === 'https:' && !isInside(hostname))
}

/** The highest role of the caller's groups, and the teams of them all; null for someone without any. */
function principalOf(payload: JWTPayload, { groups_claim, groups }: Oidc): Principal | null {
  const claimed = claimOf(payload, groups_claim)
  const names = new Set(Array.isArray(claimed) ? claimed.map(String) : typeof claimed === 'string' ? [claimed] : [])
  const own = groups.filter(({ group }) => names.has(group))
  const role = (['admin', 'analyst', 'viewer'] as const).find((one) => own.some((group) => group.role === one))
  if (role === undefined) return null
  const isFree = own.some(({ teams }) => teams === undefined)
  const teams = [...new Set(own.flatMap((group) => group.teams ?? []))].sort()
  return { id: `oidc ${String(payload.sub)}`, role, teams: isFree ? null : teams }
}

function claimOf(payload: JWTPayload, name: string): unknown {
  const [outer = '', ...rest] = name.split('.')
  const found = payload[outer]
  if (Object.hasOwn(payload, name) || rest.length === 0 || typeof found !== 'object' || found === null)
    return payload[name]
  return claimOf(found as JWTPayload, rest.join('.'))
}
