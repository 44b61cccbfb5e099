import type { ObjectStore } from './store.ts'

/** What is used of a bucket binding of Cloudflare R2. */
export interface R2Bucket {
  get(
    key: string,
    options?: {
      readonly onlyIf?: { readonly etagDoesNotMatch: string }
      readonly range?: { readonly offset: number; readonly length: number }
    },
  ): Promise<R2Object | null>
}

/** Without `body` when the condition of the request does not hold. */
interface R2Object {
  readonly etag: string
  readonly body?: ReadableStream<Uint8Array>
}

/** The objects of a bucket whose keys begin with `prefix`. */
export function r2Store(bucket: R2Bucket, prefix: string): ObjectStore {
  return {
    async open(key, known) {
      const found = await bucket.get(
        `${prefix}${key}`,
        known === undefined ? {} : { onlyIf: { etagDoesNotMatch: known } },
      )
      if (found === null) return null
      return found.body ? { etag: found.etag, body: found.body } : 'unchanged'
    },
    async range(key, start, end) {
      const found = await bucket.get(`${prefix}${key}`, { range: { offset: start, length: end - start } })
      return found?.body ? new Response(found.body).arrayBuffer() : null
    },
  }
}
