import { type Collector, Gone } from '../collectors/collector.ts'
import { redact } from '../collectors/redact.ts'
import type { Retry } from '../collectors/retry.ts'
import { UpstreamError, UserError } from '../errors.ts'
import type { Layout } from '../lake/layout.ts'
import type { Gate } from '../pipeline/gate.ts'
import type { ImportedDelivery, ImportResult } from '../pipeline/import.ts'
import type { Meter } from './meter.ts'

/** A source that is to be collected. */
export interface CollectSource {
  readonly name: string
  readonly lakeSource: string | undefined
  /** Throws UserError for settings that cannot work. */
  connect(): Promise<Connection>
}

/** A source's collector, and the loop that its calls and downloads go through. */
export interface Connection {
  readonly collector: Collector
  readonly retry: Retry
}

export type ConnectedSource = CollectSource & Connection

/** Imports fetched folders by the ordinary way. */
export type ImportFolders = (
  folders: readonly string[],
  names: {
    /** Source of the lake for bills; default as for any import. */
    readonly source: string | undefined
    /** Source for tables that are no bills. */
    readonly tableSource: string
  },
  /** SHA-256 of the files, by path. */
  hashes: ReadonlyMap<string, string>,
) => Promise<ImportResult>

export interface CollectContext {
  readonly layout: Layout
  readonly now: () => Date
  readonly signal: AbortSignal
  /** How many files are fetched at a time, over all sources. */
  readonly downloads: Gate
  /** One import at a time. */
  readonly imports: Gate
  readonly importFolders: ImportFolders
  readonly meter: Meter
  /** Waits before listing again what changed meanwhile, in ms. */
  readonly wait?: (ms: number) => Promise<unknown>
}

/** What a run gathers about one source. */
export interface Tally {
  units: number
  new_units: number
  fetched_bytes: number
  readonly deliveries: ImportedDelivery[]
  readonly waiting: string[]
  readonly problems: string[]
  readonly warnings: Set<string>
}

/** A failure in words, without secrets; a bug keeps its stack. */
export function problemOf(error: unknown): string {
  if (error instanceof UserError) return redact(error.hint ? `${error.message}. ${error.hint}` : error.message)
  if (error instanceof UpstreamError || error instanceof Gone) return redact(error.message)
  return redact(error instanceof Error ? (error.stack ?? error.message) : String(error))
}
