import type { ObjectStore } from '../../src/edge/store.ts'

/** A store over objects in memory that counts what is read from it. */
export function mapStore(objects: ReadonlyMap<string, Uint8Array<ArrayBuffer>>) {
  const read = { bytes: 0, requests: 0 }
  const count = (bytes: Uint8Array<ArrayBuffer>) => {
    read.bytes += bytes.length
    read.requests += 1
    return bytes
  }
  const store: ObjectStore = {
    async open(key, known) {
      const bytes = objects.get(key)
      if (!bytes) return null
      const etag = await etagOf(bytes)
      return etag === known ? 'unchanged' : { etag, body: new Blob([count(bytes)]).stream() }
    },
    async range(key, start, end) {
      const bytes = objects.get(key)
      return bytes ? count(bytes.slice(start, end)).buffer : null
    },
  }
  return { store, read }
}

async function etagOf(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return Buffer.from(await crypto.subtle.digest('SHA-256', bytes)).toString('hex')
}
