import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import type { Layout } from './layout.ts'

/** Money of one billing period by currency, as exact decimal strings. `null`: the provider's data do not say. */
export interface Money {
  readonly [currency: string]: string | null
}

/** What a version holds, measured on its rows (reconciliation.md section 1). */
export interface ControlTotals {
  readonly rows_in: number
  readonly rows_out: number
  readonly rows_derived: number
  readonly rows_excluded: number
  /** Σ of the provider's own cost column over every source row. */
  readonly delivered_billed: Money
  readonly delivered_effective: Money
  readonly billed_cost: Money
  readonly effective_cost: Money
  /** Rows whose EffectiveCost nobody delivered. */
  readonly unknown_effective: number
  readonly billing_accounts: readonly string[]
  readonly first_charge: string | null
  readonly complete_through: string | null
}

/** A Parquet file group of one source file within a billing period; `raw` and `companion` identify how it was made. */
export interface Part {
  readonly files: readonly string[]
  /** Source file in `lake/raw`, relative to the data directory. */
  readonly raw: string
  readonly dataset: string
  readonly traits: Readonly<Record<string, string>>
  /** Table and ingestion day that the source file holds whole: the same one again replaces this part (appended rows only). */
  readonly slice?: string
}

export interface PeriodVersion {
  readonly period: string
  readonly version: number
  readonly parts: readonly Part[]
  /** Rows of the settling query. */
  readonly settled: readonly string[]
  readonly totals: ControlTotals
}

export interface DeliveredFile {
  readonly origin: string
  readonly raw: string
  readonly size: number
  readonly modified_ms: number
  readonly sha256: string
}

/** One delivery as recorded: the commit point of an import. What no record names does not exist. */
export interface Delivery {
  readonly id: string
  readonly source: string
  readonly format: string
  readonly landed_at: string
  /** Hash of the files' contents: the same delivery twice is a no-op. */
  readonly fingerprint: string
  readonly upstream: string | null
  readonly files: readonly DeliveredFile[]
  readonly periods: readonly PeriodVersion[]
  readonly table: { readonly name: string; readonly files: readonly string[]; readonly rows: number } | null
  readonly warnings: readonly string[]
}

/** All recorded deliveries, oldest first. */
export function readJournal(layout: Layout): Delivery[] {
  let names: string[]
  try {
    names = readdirSync(layout.deliveries)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
  return names
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => JSON.parse(readFileSync(join(layout.deliveries, name), 'utf8')) as Delivery)
}

/** Records a delivery atomically and durably: written aside, synced, renamed. */
export function recordDelivery(layout: Layout, delivery: Delivery): void {
  mkdirSync(layout.deliveries, { recursive: true })
  const target = join(layout.deliveries, `${delivery.id}.json`)
  const file = openSync(`${target}.tmp`, 'w')
  try {
    writeFileSync(file, JSON.stringify(delivery, null, 1))
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  renameSync(`${target}.tmp`, target)
}

export interface LakeVersion extends PeriodVersion {
  readonly source: string
  readonly format: string
  readonly landed_at: string
  readonly delivery: string
}

/** Every version ever recorded, oldest first. */
export function allVersions(journal: readonly Delivery[]): LakeVersion[] {
  return journal.flatMap((delivery) =>
    delivery.periods.map((period) => ({
      ...period,
      source: delivery.source,
      format: delivery.format,
      landed_at: delivery.landed_at,
      delivery: delivery.id,
    })),
  )
}

/** Per source and billing period the newest version, or the newest landed at or before `asOf` (ISO instant). */
export function currentVersions(journal: readonly Delivery[], asOf?: string): LakeVersion[] {
  const newest = new Map<string, LakeVersion>()
  for (const version of allVersions(journal)) {
    if (asOf !== undefined && version.landed_at > asOf) continue
    newest.set(`${version.source}\n${version.period}`, version)
  }
  return [...newest.values()].sort((a, b) => (a.source + a.period < b.source + b.period ? -1 : 1))
}
