import type { StagedObject } from './staging.ts'

/** An object as a listing shows it. */
export interface StoredObject {
  /** Below the prefix, e.g. `audiences/all/manifest.json`. */
  readonly key: string
  readonly bytes: number
  /** ISO instant of the last change, by the store's clock. */
  readonly modified: string
}

/** A place below which all that is published lies. One contract suite: tests/publish/store.test.ts. */
export interface PublishStore {
  /** Every object whose key begins with `prefix`. */
  list(prefix: string): Promise<readonly StoredObject[]>
  /** Whole content of a small object; null when it is not there. */
  read(key: string): Promise<Buffer | null>
  /** Readers see the whole new object or what was there before. */
  put(key: string, content: StagedObject | string): Promise<void>
  /** Objects that are not there are no error. */
  remove(keys: readonly string[]): Promise<void>
  close(): void
}
