import type { ObjectFile } from '../collector.ts'

/** An object as a listing shows it. */
export interface ObjectEntry {
  /** Full key below the bucket, container or folder, with forward slashes. */
  readonly key: string
  readonly bytes: number
  /** ETag or generation. */
  readonly version: string
  /** ISO instant of the last change, by the store's clock. */
  readonly modified: string
  /** MD5 of the content, base64, where the store states one. */
  readonly md5: string | null
}

/** Read-only view of one bucket, container, web folder or local folder. One contract suite: tests/collectors/object-store.ts. */
export interface ObjectStore {
  /** How to name it to the user: `s3://bills`, `https://acct.blob.core.windows.net/exports`. Without secrets. */
  readonly url: string
  /** Every object whose key begins with `prefix`, all pages, through the retry loop. */
  list(prefix: string): AsyncIterable<ObjectEntry>
  /** A file of the delivery under `name`. Opening throws `Gone` when the object vanished or changed since the listing. */
  file(entry: ObjectEntry, name: string): ObjectFile
  /** Content of a small object such as a manifest; throws UserError beyond `limit` bytes, `Gone` when it vanished or changed. */
  read(entry: ObjectEntry, limit: number): Promise<Buffer>
}
