/** A file of an import set. */
export interface UploadedFile {
  readonly name: string
  readonly bytes: number
}

/** Files that are to be imported together: an export of several files with its manifest, say. */
export interface UploadSet {
  readonly import_id: string
  /** ISO instant. */
  readonly created_at: string
  readonly files: readonly UploadedFile[]
  readonly bytes: number
}

/** Why a file is not taken. */
export type UploadRefusal = 'unknown' | 'in-use' | 'too-large' | 'too-many' | 'empty' | 'exists' | 'name' | 'broken'

export interface Uploading {
  readonly name: string
  readonly body: AsyncIterable<Uint8Array>
  /** As the sender states it; null when it does not. */
  readonly length: number | null
}

/** Import sets as the API sees them. */
export interface UploadDesk {
  /** Bytes of a set at most. */
  readonly largest: number
  /** A new empty set; null when too many are there. */
  create(): UploadSet | null
  /** Newest first. */
  list(): readonly UploadSet[]
  /** Takes a file into a set, whole or not at all; the same file again changes nothing. */
  put(id: string, file: Uploading): Promise<UploadedFile | UploadRefusal>
  /** Forgets a set; false when it is not there or a job has it. */
  remove(id: string): boolean
}
