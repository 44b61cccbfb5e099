/** An object as it was when it was opened. */
export interface StoredObject {
  /** Names this content of the key. */
  readonly etag: string
  readonly body: ReadableStream<Uint8Array>
}

/** Where `costwright publish` wrote: objects by key, below its prefix. */
export interface ObjectStore {
  /** The object, `unchanged` when it still has the etag `known`, null when there is none. */
  open(key: string, known?: string): Promise<StoredObject | 'unchanged' | null>
  /** The bytes `[start, end)` of an object, null when there is none. */
  range(key: string, start: number, end: number): Promise<ArrayBuffer | null>
}
