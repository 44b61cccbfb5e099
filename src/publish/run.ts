import { createHash } from 'node:crypto'
import { resolve } from 'node:path'
import type { Principal } from '../api/principal.ts'
import type { ApiContextOptions } from '../api-context.ts'
import { restricted } from '../audience-apps.ts'
import type { Catalog } from '../catalog/catalog.ts'
import { createRetry } from '../collectors/retry.ts'
import type { PublishConfig } from '../config-publish.ts'
import { publishedFormat } from '../edge/published.ts'
import { UserError } from '../errors.ts'
import { lockFile, lockLake } from '../lake/lock.ts'
import type { Runtime } from '../runtime.ts'
import type { Alerts } from '../runtime-notify.ts'
import { contextOf } from '../server.ts'
import { type AccessChange, accessOf, publishAccess } from './access.ts'
import { createFolderStore } from './folder-store.ts'
import { type PublishedAudience, publishAudience } from './publish.ts'
import { readPublished } from './published-state.ts'
import { questionRules } from './questions.ts'
import { openStaging, type Staging } from './staging.ts'
import type { PublishStore } from './store.ts'
import { sweep } from './sweep.ts'

export interface RunOptions {
  readonly runtime: Runtime
  readonly store: PublishStore
  readonly config: PublishConfig
  /** The questions that there are. */
  readonly catalog: Catalog
  /** Computes and compares; writes nothing. */
  readonly dryRun: boolean
}

export interface PublishRun {
  readonly audiences: readonly PublishedAudience[]
  readonly access: AccessChange
  /** Objects that nothing named any more. */
  readonly swept: number
}

/** How long who may read waits for another process that is writing it. */
const patienceMs = 30_000

/** The configured target. Throws UserError where none is. */
export function publishConfigOf({ config }: Runtime): PublishConfig {
  if (config.publish) return config.publish
  throw new UserError('costwright.yaml does not say where to publish', {
    hint: 'Write publish: { bucket: NAME, endpoint: https://… } or publish: { folder: /path }; see docs/edge.md.',
  })
}

/** The store of the configuration; its SDK is loaded only now. */
export async function openPublishStore(config: PublishConfig, onNote: (text: string) => void): Promise<PublishStore> {
  const { bucket, folder, prefix = '', endpoint, region, profile, role_arn, external_id } = config
  if (bucket === undefined) return createFolderStore(resolve(folder ?? '', prefix))
  const { createS3PublishStore } = await import('./s3-store.ts')
  const retry = createRetry({
    source: 'publish',
    signal: new AbortController().signal,
    random: Math.random,
    onWait: (what, failure, waitMs) => {
      if (waitMs >= 5000) onNote(`${what}: ${failure.message}; again in ${Math.round(waitMs / 1000)} s`)
    },
  })
  const reach = { endpoint, profile, role_arn, external_id, region: region ?? (endpoint ? 'auto' : 'us-east-1') }
  return createS3PublishStore({ bucket, prefix, ...reach }, retry)
}

/**
 * Publishes for every audience: objects, manifests, then who may read; at last what nobody refers to any more goes. A process that is killed
 * at any instant leaves manifests of which every object is there.
 *
 * @throws UserError when there is nobody to publish for, or another publication is running
 */
export async function publishEstate(options: RunOptions): Promise<PublishRun> {
  const { runtime } = options
  const alerts = await runtime.alerts()
  try {
    const release = lockFile(runtime.layout.resolve('state/publish.lock'), 'publication')
    const staging = openStaging(runtime.layout.resolve('state/publish.tmp'))
    try {
      return await publishAll(options, alerts, staging)
    } finally {
      staging.close()
      release()
    }
  } finally {
    alerts.close()
  }
}

async function publishAll(options: RunOptions, alerts: Alerts, staging: Staging): Promise<PublishRun> {
  const { runtime, config } = options
  const { audiences } = accessOf(alerts.database, runtime.config.auth, config, runtime.now())
  if (audiences.length === 0)
    throw new UserError('there is nobody to publish for', {
      hint: 'Make a key with `costwright keys add NAME`, configure auth.oidc, or set publish.open: true.',
    })
  const newest = await runtime.open()
  newest.close()
  const store = options.dryRun ? readOnly(options.store) : options.store
  const before = await readPublished(store)
  const held = new Map([...before.objects.values()].map(({ key, bytes }) => [key, bytes]))
  const contextFor = contexts(runtime, { ...(await contextOf(runtime, alerts)), catalog: options.catalog })
  const published: Awaited<ReturnType<typeof publishAudience>>[] = []
  for (const teams of audiences) {
    const name = teams === null ? 'all teams' : teams.join(', ')
    published.push(
      await publishAudience(teams, held, {
        ...{ store, staging, before, contextOf: contextFor, now: runtime.now, questions: config.questions },
        revision: revisionOf(options),
        onStep: (what, done, total) => runtime.onProgress(`${name}: ${what}`, done, total),
      }),
    )
  }
  const access = await writeAccess(options, alerts, store)
  const isChanged = published.some(({ changed }) => changed)
  const manifests = published.map(({ manifest }) => manifest)
  const swept = isChanged ? await sweep(store, before, manifests, runtime.now()) : 0
  return { audiences: published.map(({ manifest: _, ...told }) => told), access, swept }
}

/** Publishes only who may read: what revoking a key takes. */
export async function publishAccessOnly(options: RunOptions): Promise<AccessChange> {
  const alerts = await options.runtime.alerts()
  try {
    return await writeAccess(options, alerts, options.dryRun ? readOnly(options.store) : options.store)
  } finally {
    alerts.close()
  }
}

/** Reads the keys and writes who may read in one piece, so that a key that is revoked meanwhile does not come back. */
async function writeAccess(
  { runtime, config }: RunOptions,
  alerts: Alerts,
  store: PublishStore,
): Promise<AccessChange> {
  const release = await lockLake(runtime.layout.resolve('state/publish-access.lock'), patienceMs, 'publication of keys')
  try {
    return await publishAccess(store, accessOf(alerts.database, runtime.config.auth, config, runtime.now()))
  } finally {
    release()
  }
}

function contexts(runtime: Runtime, whole: ApiContextOptions): (teams: Principal['teams']) => ApiContextOptions {
  const making = { build: runtime.audience, desks: () => ({}) }
  return (teams) => (teams === null ? whole : restricted(whole, teams, making))
}

function revisionOf({ catalog, config }: RunOptions): string {
  const digest = createHash('sha256').update(JSON.stringify([publishedFormat, questionRules, config.questions]))
  for (const { name, sql } of catalog.values()) digest.update(`${name}\0${sql}\0`)
  return digest.digest('hex').slice(0, 16)
}

function readOnly(store: PublishStore): PublishStore {
  return { ...store, put: async () => {}, remove: async () => {} }
}
