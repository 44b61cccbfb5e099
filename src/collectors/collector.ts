import type { Readable } from 'node:stream'
import type { SourceConfig } from '../config-sources.ts'
import type { Retry } from './retry.ts'

/** What a collector may use of the outside; made by the composition root. */
export interface CollectorContext {
  /** The only retry loop: every call to an SDK goes through it, with the SDK's own retries off. */
  readonly retry: Retry
  readonly now: () => Date
  /** Waits `ms`: for a quota to fill again, for a report that is being made. Called inside `retry`, with its signal. */
  readonly wait: (ms: number, signal: AbortSignal) => Promise<unknown>
  /** A variable of the environment that the configuration names (never its value in the configuration). */
  readonly env: (name: string) => string | undefined
  /** Folder of this source for answers that cost money to ask again; kept between runs. */
  readonly cache: string
  /** Tells the user what is no error: values left out while a delivery was read. */
  readonly note?: (text: string) => void
  /** Rows of a select over the current warehouse, read-only; values as JSON, decimals as text. */
  readonly query?: (sql: string) => Promise<readonly Readonly<Record<string, unknown>>[]>
}

/** A kind of source. Adding one: a folder here, its schema in `config-sources.ts`, a line in `index.ts`. */
export type CreateCollector<Kind extends SourceConfig['type']> = (
  config: Extract<SourceConfig, { type: Kind }>,
  context: CollectorContext,
) => Collector

/** One configured source. Holds clients, no state: what has been collected is the engine's to know. */
export interface Collector {
  /** Says what there is upstream, by listing only; nothing is downloaded, nothing that costs money is asked. */
  plan(request: PlanRequest): Promise<Plan>
  /** Read-only calls, one for each thing that a collection will need; a denied one is an answer, not an error. */
  probe(): Promise<readonly Probe[]>
  /** Asks the provider to write a past month (`YYYY-MM`) of an export once more; a later collection finds it. */
  backfill?(exportName: string, month: string): Promise<void>
  close?(): void
}

export interface PlanRequest {
  /** Billing periods asked for (`YYYY-MM`); null: those that may still change, and those never collected. */
  readonly periods: readonly string[] | null
  /** What has been collected, by unit. */
  readonly held: ReadonlyMap<string, Held>
}

/** Of a unit that is in the lake: the mark it had upstream. */
export interface Held {
  readonly mark: string
  /** ISO instant. */
  readonly collected_at: string
}

export interface Plan {
  /** Every delivery upstream that counts now, held or not: at most one a unit. The engine fetches those whose mark is not held. */
  readonly deliveries: readonly RemoteDelivery[]
  /** Deliveries that are being written now, and what tells. A unit that was never collected fails the run; others wait. */
  readonly pending: readonly { readonly unit: string; readonly reason: string }[]
  readonly warnings: readonly string[]
}

/** What replaces what upstream: one export and month, one ingestion day, one report. */
export interface RemoteDelivery {
  /** Names what it restates, the same from run to run: `daily-focus/2026-03`. */
  readonly unit: string
  /** Recognises this delivery of the unit: execution id and manifest ETag, newest export time, request day. */
  readonly mark: string
  /** Billing period, `YYYY-MM`; null where the delivery is of none. Deliveries of one period are imported together. */
  readonly period: string | null
  /** Orders deliveries, oldest first; ISO instant or empty. */
  readonly submitted: string
  readonly files: readonly RemoteFile[]
  /** What fetching it costs, when that is money; `usd` is a decimal string. */
  readonly price?: { readonly usd: string; readonly what: string }
}

/** Path of the file in the delivery's folder, with forward slashes; provider layouts are kept, since manifests name them. */
interface NamedFile {
  readonly name: string
}

/** A file that lies upstream. */
export interface ObjectFile extends NamedFile {
  readonly kind: 'object'
  readonly bytes: number | null
  /** ETag or generation: a download is resumed, and its parts put together, only under one version. */
  readonly version: string | null
  /** Content hash stated upstream, checked after the download. */
  readonly checksum?: { readonly algorithm: 'md5' | 'sha256'; readonly base64: string }
  /**
   * Opens the content from byte `from`, asking for `version` (If-Match). Throws what the SDK throws; `Gone` when the object is
   * not there or is of another version.
   */
  open(from: number, signal: AbortSignal): Promise<Opened>
}

export interface Opened {
  readonly body: Readable
  /** Size of the whole object as the answer states it. */
  readonly bytes: number | null
  readonly version: string | null
  /** First byte of `body`: 0 when the server does not do ranges. */
  readonly from: number
  /** Hash of the whole object, where only the answer states it (S3); counts before the one of the file. */
  readonly checksum?: ObjectFile['checksum']
}

/** A file made of answers: written as NDJSON, gzipped when the name ends in .gz. Decimals and big integers are strings. */
export interface RowsFile extends NamedFile {
  readonly kind: 'rows'
  /** Expected rows, for the progress; null when unknown. */
  readonly rows: number | null
  read(signal: AbortSignal): AsyncIterable<Readonly<Record<string, unknown>>>
}

export type RemoteFile = ObjectFile | RowsFile

/** The upstream object changed or vanished while it was read: the plan is out of date, not the network broken. */
export class Gone extends Error {
  override readonly name = 'Gone'
}

/** One line of `doctor`. */
export interface Probe {
  /** What was tried, in words: `list s3://bills/cur/`. */
  readonly check: string
  readonly ok: boolean
  /** When not ok: what is missing and how to give it, e.g. `s3:ListBucket on arn:aws:s3:::bills`. */
  readonly problem: string | null
  readonly remedy: string | null
}
