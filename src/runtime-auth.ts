import { createRemoteJWKSet, customFetch, type JWTPayload, jwtVerify } from 'jose'
import { JOSEError } from 'jose/errors'
import type { KeyDesk } from './api/key-desk.ts'
import { tokenOf } from './api/login.ts'
import type { Identify, Principal } from './api/principal.ts'
import type { Config } from './config.ts'
import { UpstreamError, UserError } from './errors.ts'
import { createKey, keyEnd, keyFinder, keyStatus, listKeys, revokeKey } from './state/api-keys.ts'
import type { Database } from './state/sqlite.ts'

export interface AuthOptions {
  readonly config: Config['auth']
  readonly database: Database
  readonly now: () => Date
  /** Reaches the identity provider. */
  readonly fetch: typeof fetch
}

/** Tells callers by API key, and by token of the configured identity provider. */
export function createIdentify(options: AuthOptions): Identify {
  const fromProvider = options.config.oidc ? providerOf(options.config.oidc, options) : null
  const findKey = keyFinder(options.database)
  return async (request) => {
    const token = tokenOf(request)
    if (token === null) return null
    if (token.startsWith('cw_')) {
      const key = findKey(token, options.now())
      return key && { id: `key ${key.key_id} ${key.name}`, role: key.role, teams: key.teams }
    }
    return fromProvider ? fromProvider(token) : null
  }
}

/** The keys of a state database. */
export function createKeyDesk(database: Database, now: () => Date): KeyDesk {
  const list = () => listKeys(database).map((key) => ({ ...key, status: keyStatus(key, now()) }))
  return {
    list,
    create({ expires, ...key }) {
      const made = createKey(database, { ...key, expires_at: keyEnd(expires, now()) }, now())
      return { ...made.key, status: 'works', token: made.token }
    },
    revoke(key_id, actor) {
      if (!list().some((key) => key.key_id === key_id)) return null
      revokeKey(database, { key_id, actor }, now())
      return list().find((key) => key.key_id === key_id) ?? null
    },
  }
}

type Oidc = NonNullable<Config['auth']['oidc']>

/** Verifies tokens as OpenID Connect asks: the issuer's own keys, asymmetric signatures only, issuer, audience and times. */
function providerOf(oidc: Oidc, { now, fetch }: AuthOptions): (token: string) => Promise<Principal | null> {
  let keys: Promise<ReturnType<typeof createRemoteJWKSet>> | null = null
  const keySet = () => {
    keys ??= discover(oidc.issuer, fetch).then((url) => createRemoteJWKSet(url, { [customFetch]: fetch }))
    keys.catch(() => {
      keys = null
    })
    return keys
  }
  return async (token) => {
    const set = await keySet()
    try {
      const { payload } = await jwtVerify(token, set, {
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

async function discover(issuer: string, fetch: AuthOptions['fetch']): Promise<URL> {
  const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`
  const response = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(10_000) }).catch(
    (cause: unknown) => {
      throw new UpstreamError('identity provider', `${url} cannot be reached`, { retryable: true, cause })
    },
  )
  const found = response.ok ? ((await response.json()) as { issuer?: unknown; jwks_uri?: unknown }) : {}
  if (found.issuer !== issuer || typeof found.jwks_uri !== 'string' || !isSafe(found.jwks_uri, issuer))
    throw new UserError(`${url} does not describe the issuer ${issuer}`, {
      hint: 'auth.oidc.issuer is spelt exactly as the provider spells it in its tokens.',
    })
  return new URL(found.jwks_uri)
}

/** Keys come over https; a provider on this machine, as tests have it, may do without. */
function isSafe(url: string, issuer: string): boolean {
  return url.startsWith('https://') || new URL(url).origin === new URL(issuer).origin
}

/** The highest role of the caller's groups, and the teams of them all; null for someone without any. */
function principalOf(payload: JWTPayload, { groups_claim, groups }: Oidc): Principal | null {
  const claimed = payload[groups_claim]
  const names = new Set(Array.isArray(claimed) ? claimed.map(String) : typeof claimed === 'string' ? [claimed] : [])
  const own = groups.filter(({ group }) => names.has(group))
  const role = (['admin', 'analyst', 'viewer'] as const).find((one) => own.some((group) => group.role === one))
  if (role === undefined) return null
  const isFree = own.some(({ teams }) => teams === undefined)
  const teams = [...new Set(own.flatMap((group) => group.teams ?? []))].sort()
  return { id: `oidc ${String(payload.sub)}`, role, teams: isFree ? null : teams }
}
