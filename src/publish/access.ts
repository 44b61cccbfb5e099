import type { Config } from '../config.ts'
import { type AccessList, publishedFormat } from '../edge/published.ts'
import type { liveKeys } from '../state/api-keys.ts'

export const accessKey = 'access.json'

/** Who may read at the edge, from now on. */
export function accessList(
  keys: ReturnType<typeof liveKeys>,
  oidc: Config['auth']['oidc'],
  open: boolean,
  now: Date,
): AccessList {
  return {
    format: publishedFormat,
    published_at: now.toISOString(),
    keys: keys.map(({ key_id, name, digest, role, teams, expires_at }) => ({
      ...{ key_id, name, digest, role, teams, expires_at },
    })),
    oidc: oidc ?? null,
    open,
  }
}
