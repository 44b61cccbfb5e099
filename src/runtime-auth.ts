import type { KeyDesk } from './api/key-desk.ts'
import { tokenOf } from './api/login.ts'
import { oidcCallers } from './api/oidc.ts'
import type { Identify } from './api/principal.ts'
import { isInternalAddress, isLoopbackHost } from './collectors/objects/address.ts'
import type { Config } from './config.ts'
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
  const { oidc } = options.config
  const fromProvider = oidc ? oidcCallers(oidc, { ...options, isInside }) : null
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

const isInside = (hostname: string) => isLoopbackHost(hostname) || isInternalAddress(hostname.replace(/^\[|\]$/g, ''))

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
