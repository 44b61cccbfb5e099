import type { Principal } from '../api/principal.ts'
import type { Config } from '../config.ts'
import type { PublishConfig } from '../config-publish.ts'
import { type AccessList, audienceId, publishedFormat } from '../edge/published.ts'
import { liveKeys } from '../state/api-keys.ts'
import type { Database } from '../state/sqlite.ts'
import { audiencesOf } from './audiences.ts'
import { accessKey, isSame, manifestKey, readAccess } from './published-state.ts'
import type { PublishStore } from './store.ts'

/** Who may read, and for whom there is something to publish. */
export interface Access {
  readonly list: AccessList
  readonly audiences: readonly Principal['teams'][]
}

/** Who may read at the edge by the keys of this moment and the configuration. */
export function accessOf(
  database: Database,
  { oidc }: Config['auth'],
  config: Pick<PublishConfig, 'open' | 'audiences'>,
  now: Date,
): Access {
  const keys = liveKeys(database, now)
  const list: AccessList = {
    format: publishedFormat,
    published_at: now.toISOString(),
    keys: keys.map(({ key_id, name, digest, role, teams, expires_at }) => ({
      ...{ key_id, name, digest, role, teams, expires_at },
    })),
    oidc: oidc ?? null,
    open: config.open,
  }
  return { list, audiences: audiencesOf(keys, oidc?.groups ?? [], config) }
}

/** What a publication of access changed. */
export interface AccessChange {
  readonly changed: boolean
  readonly keys: number
  /** Ids of audiences that nobody belongs to any more; their manifests are gone. */
  readonly removed: readonly string[]
}

/** Writes who may read, where that changed, then takes away the manifests of those who may no longer. */
export async function publishAccess(store: PublishStore, { list, audiences }: Access): Promise<AccessChange> {
  const changed = !isSame(await readAccess(store), list)
  if (changed) await store.put(accessKey, JSON.stringify(list))
  const wanted = new Set(await Promise.all(audiences.map((teams) => audienceId(teams))))
  const there = (await store.list('audiences/')).map(({ key }) => key.split('/')[1] ?? '')
  const removed = there.filter((audience) => !wanted.has(audience))
  await store.remove(removed.map(manifestKey))
  return { changed, keys: list.keys.length, removed }
}
