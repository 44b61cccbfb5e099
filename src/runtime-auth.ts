import { tokenOf } from './api/login.ts'
import { oidcCallers } from './api/oidc.ts'
import type { Identify } from './api/principal.ts'
import type { Config } from './config.ts'
import { findKey } from './state/api-keys.ts'
import type { Database } from './state/sqlite.ts'

export interface AuthOptions {
  readonly config: Config['auth']
  readonly database: Database
  readonly now: () => Date
  /** Reaches the identity provider. */
  readonly fetch: typeof fetch
}

/** Tells callers by API key, and by token of the configured identity provider. */
export function createIdentify({ config, database, now, fetch }: AuthOptions): Identify {
  const fromProvider = config.oidc ? oidcCallers(config.oidc, { now, fetch }) : null
  return async (request) => {
    const token = tokenOf(request)
    if (token === null) return null
    if (token.startsWith('cw_')) {
      const key = findKey(database, token, now())
      return key && { id: `key ${key.key_id} ${key.name}`, role: key.role, teams: key.teams }
    }
    return fromProvider ? fromProvider(token) : null
  }
}
