import type { ApiKey, NewKey } from '../state/api-keys.ts'

/** A key as it may be shown, and whether it works. */
export interface ShownKey extends ApiKey {
  readonly status: 'works' | 'expired' | 'revoked'
}

/** API keys as the API sees them. */
export interface KeyDesk {
  /** Newest first. */
  list(): readonly ShownKey[]
  /** Makes one; its token is told once. `expires` is the first day on which it no longer works, or `never`; default in a year. */
  create(
    key: Omit<NewKey, 'expires_at'> & { readonly expires: string | undefined },
  ): ShownKey & { readonly token: string }
  /** Ends one at once; null for one that is not there. */
  revoke(key_id: string, actor: string): ShownKey | null
}
