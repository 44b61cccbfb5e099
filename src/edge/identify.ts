import { refuse } from '../api/http.ts'
import { tokenOf } from '../api/login.ts'
import { type OidcOptions, oidcCallers } from '../api/oidc.ts'
import type { Identify, Principal } from '../api/principal.ts'
import { keyParts } from '../state/key-token.ts'
import type { Following } from './following.ts'
import type { AccessList } from './published.ts'

/** The caller's address as Cloudflare gives it; nobody else can set this header. */
export function addressOf(request: Request): string {
  return request.headers.get('cf-connecting-ip') ?? 'unknown'
}

/**
 * Tells callers by what the newest access list says: keys, tokens of the identity provider, and where it is open, everybody.
 *
 * @returns a function that refuses with 503 before anything was published
 */
export function edgeIdentify(following: Following, options: OidcOptions): Identify {
  let provider: { readonly text: string; readonly callers: ReturnType<typeof oidcCallers> } | null = null
  const fromProvider = (oidc: NonNullable<AccessList['oidc']>, token: string) => {
    const text = JSON.stringify(oidc)
    if (provider?.text !== text) provider = { text, callers: oidcCallers(oidc, options) }
    return provider.callers(token)
  }
  return async (request) => {
    const access = (await following.access())?.value ?? unpublished()
    const token = tokenOf(request)
    const known =
      token === null
        ? null
        : token.startsWith('cw_')
          ? await keyHolder(access, token, options.now())
          : access.oidc && (await fromProvider(access.oidc, token))
    if (known || !access.open) return known
    return { id: `address ${addressOf(request)}`, role: 'viewer', teams: null }
  }
}

function unpublished(): never {
  return refuse({
    status: 503,
    code: 'not-published',
    detail: 'nothing has been published here yet',
    hint: 'Run `costwright publish` with the bucket and prefix that this Worker is bound to.',
  })
}

async function keyHolder({ keys }: AccessList, token: string, now: Date): Promise<Principal | null> {
  const parts = keyParts(token)
  const key = parts && keys.find(({ key_id }) => key_id === parts.id)
  if (!key || !(await isSecret(parts.secret, key.digest))) return null
  if (key.expires_at !== null && Date.parse(key.expires_at) <= now.getTime()) return null
  return { id: `key ${key.key_id} ${key.name}`, role: key.role, teams: key.teams }
}

/** Compares in a time that does not tell where the two differ. */
async function isSecret(secret: string, digest: string): Promise<boolean> {
  const found = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(secret)))
  let difference = digest.length ^ (found.length * 2)
  for (const [index, byte] of found.entries())
    difference |= byte ^ Number.parseInt(digest.slice(index * 2, index * 2 + 2), 16)
  return difference === 0
}
