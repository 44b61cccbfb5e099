import { refuse } from '../api/http.ts'
import { type AccessList, type Manifest, publishedFormat } from './published.ts'
import type { ObjectStore } from './store.ts'

/** A version of a file that is replaced as a whole. */
export interface Version<Value> {
  readonly etag: string
  readonly value: Value
}

/** The files that change: who may read, and what each audience gets. */
export interface Following {
  /** Null before anything was published. */
  access(): Promise<Version<AccessList> | null>
  /** Null for an audience that nothing is published for. */
  manifest(audience: string): Promise<Version<Manifest> | null>
}

export interface FollowingOptions {
  readonly store: ObjectStore
  /** How long a version is taken for the newest without asking. */
  readonly seconds: number
  readonly now: () => Date
}

interface Checked {
  readonly version: Version<unknown>
  readonly at: number
}

const mostFiles = 50

/**
 * Follows what is published: a file that is older in memory than `seconds` is asked for again by its etag, so that a newer state, a new
 * key and a revoked one are known within that time.
 *
 * Only what has arrived is shared between requests: at the edge, none may wait for what another one has asked for.
 */
export function follow({ store, seconds, now }: FollowingOptions): Following {
  const known = new Map<string, Checked>()
  const newest = async <Value extends { readonly format: number }>(key: string): Promise<Version<Value> | null> => {
    const last = known.get(key)
    if (last && now().getTime() - last.at < seconds * 1000) return last.version as Version<Value>
    const found = await store.open(key, last?.version.etag)
    const version =
      found === 'unchanged' ? last?.version : found && { etag: found.etag, value: await read(key, found.body) }
    known.delete(key)
    if (!version) return null
    known.set(key, { version, at: now().getTime() })
    for (const oldest of known.keys()) {
      if (known.size <= mostFiles) break
      known.delete(oldest)
    }
    return version as Version<Value>
  }
  return {
    access: () => newest<AccessList>('access.json'),
    manifest: (audience) => newest<Manifest>(`audiences/${audience}/manifest.json`),
  }
}

async function read(key: string, body: ReadableStream<Uint8Array>): Promise<{ readonly format: number }> {
  const value = (await new Response(body).json()) as { readonly format: number }
  if (value.format === publishedFormat) return value
  return refuse({
    status: 503,
    code: 'other-format',
    detail: `${key} has the format ${value.format}; this Worker reads ${publishedFormat}`,
    hint: 'Deploy the Worker of the version of costwright that publishes.',
  })
}
