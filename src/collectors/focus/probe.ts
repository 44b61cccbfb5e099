import { UpstreamError, UserError } from '../../errors.ts'
import { partitionOf } from '../aws/clients.ts'
import { blobProblem } from '../azure/blob-probes.ts'
import type { Probe } from '../collector.ts'
import { failureOf } from '../failure.ts'
import type { ObjectEntry, ObjectStore } from '../objects/object-store.ts'
import type { StoreConfig, StorePlace } from '../objects/open-store.ts'
import { isTable } from './units.ts'

type Answer = Pick<Probe, 'problem' | 'remedy'>

/** Lists the store and reads the beginning of one file. */
export async function probeStore(
  open: () => Promise<ObjectStore>,
  place: StorePlace,
  config: StoreConfig,
): Promise<readonly Probe[]> {
  const store = await open()
  const attempt = async (action: 'list' | 'read', what: string, call: () => Promise<Answer | null>): Promise<Probe> => {
    const answer = await call().catch((error: unknown) => explain(error, action, store, place, config))
    return {
      check: `${action} ${what}`,
      ok: answer === null,
      problem: answer?.problem ?? null,
      remedy: answer?.remedy ?? null,
    }
  }
  const found: { entry: ObjectEntry | null } = { entry: null }
  const listing = await attempt(
    'list',
    place.kind === 'https' ? store.url : `${store.url}/${place.prefix}`,
    async () => {
      for await (const entry of store.list(place.prefix)) {
        if (!isTable(entry.key) && place.kind !== 'https') continue
        found.entry = entry
        return null
      }
      return { problem: 'there is no table (CSV, Parquet, NDJSON, also packed)', remedy: 'Check url.' }
    },
  )
  const { entry } = found
  if (!entry) return [listing]
  const reading = await attempt('read', place.kind === 'https' ? store.url : `${store.url}/${entry.key}`, async () => {
    const opened = await store.file(entry, entry.key).open(0, AbortSignal.timeout(60_000))
    opened.body.destroy()
    return null
  })
  return [listing, reading]
}

function explain(
  error: unknown,
  action: 'list' | 'read',
  store: ObjectStore,
  place: StorePlace,
  config: StoreConfig,
): Answer {
  if (error instanceof UserError) return { problem: error.message, remedy: error.hint ?? null }
  if (place.kind === 'azure') return blobProblem(error, store.url, { ...config, container: place.container })
  const failure = failureOf(error instanceof UpstreamError && error.cause !== undefined ? error.cause : error)
  const refused = failure.kind === 'denied' || failure.kind === 'expired'
  if (!refused) return { problem: failure.message, remedy: null }
  if (place.kind === 's3') {
    const missing =
      action === 'list'
        ? `s3:ListBucket on arn:${partitionOf(config.region)}:s3:::${place.bucket}`
        : `s3:GetObject on arn:${partitionOf(config.region)}:s3:::${place.bucket}/${place.prefix}*`
    return {
      problem: `${missing} (${failure.message})`,
      remedy: 'Allow it to the role or user that costwright runs as.',
    }
  }
  if (place.kind === 'gcs') {
    return {
      problem: `storage.objects.${action === 'list' ? 'list' : 'get'} on ${store.url} (${failure.message})`,
      remedy: `gcloud storage buckets add-iam-policy-binding ${store.url} --member=PRINCIPAL --role=roles/storage.objectViewer`,
    }
  }
  return {
    problem: failure.message,
    remedy: place.kind === 'https' ? 'Name a variable with the Authorization header in authorization_env.' : null,
  }
}
