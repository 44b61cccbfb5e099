import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { UserError } from '../errors.ts'
import type { Delivery } from '../lake/journal.ts'
import type { Layout } from '../lake/layout.ts'

/** A unit that is in the lake. */
export interface CollectedUnit {
  readonly mark: string
  readonly period: string | null
  /** ISO instant at which the provider wrote it; empty when unknown. */
  readonly submitted: string
  readonly collected_at: string
  readonly bytes: number
  /** Records of the journal that it became; none for a delivery without rows. */
  readonly deliveries: readonly string[]
}

/** How a run of one source ended. Instants are ISO. */
export interface RunRecord {
  readonly started_at: string
  readonly ended_at: string
  readonly status: 'collected' | 'nothing_new' | 'waiting' | 'failed'
  readonly fetched_bytes: number
  /** What failed or is awaited, in words without secrets. */
  readonly problems: readonly string[]
}

/** What is known of a configured source between runs. */
export interface SourceState {
  readonly units: Readonly<Record<string, CollectedUnit>>
  readonly last_run: RunRecord | null
  /** End of the newest run that ended without a problem. */
  readonly last_success: string | null
}

const nothing: SourceState = { units: {}, last_run: null, last_success: null }

function stateFile(layout: Layout, source: string): string {
  return layout.resolve(join('lake', 'collected', `${source}.json`))
}

/** The state of a source; units whose records the journal no longer holds are forgotten, so that they are fetched again. */
export function readState(layout: Layout, source: string, journal: readonly Delivery[]): SourceState {
  const file = stateFile(layout, source)
  if (!existsSync(file)) return nothing
  const state = parse(file)
  const recorded = new Set(journal.map(({ id }) => id))
  const units = Object.entries(state.units).filter(([, unit]) => unit.deliveries.every((id) => recorded.has(id)))
  return { ...state, units: Object.fromEntries(units) }
}

function parse(file: string): SourceState {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as SourceState
  } catch (cause) {
    throw new UserError(`${file} is damaged`, {
      hint: 'Delete it: the source is then listed anew, and what the lake already holds is recognised.',
      cause,
    })
  }
}

/** Writes the state atomically and durably. */
export function writeState(layout: Layout, source: string, state: SourceState): void {
  const target = stateFile(layout, source)
  mkdirSync(dirname(target), { recursive: true })
  const file = openSync(`${target}.tmp`, 'w')
  try {
    writeFileSync(file, JSON.stringify(state, null, 1))
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  renameSync(`${target}.tmp`, target)
}
