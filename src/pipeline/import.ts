import { mkdirSync, rmSync } from 'node:fs'
import { EmptyDelivery, UserError } from '../errors.ts'
import { daySliceOf } from '../lake/day-slice.ts'
import { type Candidate, discover } from '../lake/discover.ts'
import { currentVersions, type DeliveredFile, type Delivery, type Money, readJournal } from '../lake/journal.ts'
import { fileStamp, fingerprintOf, sha256Of } from '../lake/land.ts'
import type { Layout } from '../lake/layout.ts'
import { lockLake } from '../lake/lock.ts'
import type { Warehouse } from '../warehouse/warehouse.ts'
import { groupByFormat, landDelivery } from './delivery.ts'
import { createGate, filesAtATime, type Gate } from './gate.ts'
import { loadLookups } from './normalise.ts'

/** What an import needs from the outside. `warehouse` is an empty in-memory database that the import may fill. */
export interface ImportContext {
  readonly layout: Layout
  readonly warehouse: Warehouse
  readonly now: () => Date
  /** Called as files are done; `done` and `total` are bytes. */
  readonly onProgress: (label: string, done: number, total: number) => void
  /** Set when the files were fetched by costwright: SHA-256 by path, hexadecimal. They may be linked instead of copied. */
  readonly collected?: ReadonlyMap<string, string>
  /** Source of tables that are no bills; default the format's own name. */
  readonly tableSource?: string
  /** How long to wait for another import to end; default not at all. */
  readonly patienceMs?: number
}

/** An import under way: how many files are normalised at a time, and that one delivery at a time is composed and recorded. */
export interface ImportRun extends ImportContext {
  readonly normalise: Gate
  readonly commit: Gate
}

/** One delivery as `import --json` prints it. Money by currency, as exact decimal strings. */
export interface ImportedDelivery {
  /** Its record in the journal. */
  readonly id: string
  readonly source: string
  readonly format: string
  readonly unchanged: boolean
  readonly billing_periods: readonly {
    readonly period: string
    readonly version: number
    readonly rows_in: number
    readonly rows_out: number
    readonly billed_cost: Money
    readonly effective_cost: Money
  }[]
  /** For budgets and business metrics: the table and its rows. */
  readonly table: { readonly name: string; readonly rows: number } | null
  readonly files: readonly string[]
  readonly warnings: readonly string[]
}

export interface ImportResult {
  readonly deliveries: readonly ImportedDelivery[]
  readonly failures: readonly UserError[]
  /** Files of the deliveries that failed. */
  readonly refused: readonly string[]
  readonly warnings: readonly string[]
}

/** A delivered file with its content hash. */
export type StampedFile = Omit<DeliveredFile, 'raw'>

/**
 * Imports every delivery found below `paths`, oldest first. Each lands whole or not at all; one that is refused does not
 * stop the others and is listed in `failures`. The same delivery again changes nothing.
 */
export async function importPaths(
  context: ImportContext,
  paths: readonly string[],
  sourceName?: string,
): Promise<ImportResult> {
  const { layout, warehouse } = context
  const { candidates, warnings } = discover(paths)
  // What was collected may be an empty run: a manifest that lists no file, which the warnings say.
  if (candidates.length === 0 && context.collected && warnings.length > 0)
    return { deliveries: [], failures: [], refused: [], warnings }
  if (candidates.length === 0)
    throw new UserError(`no export files in ${paths.join(', ')}`, {
      hint: 'Give CSV, Parquet or NDJSON exports, or a folder of them.',
    })
  const unlock = await lockLake(layout.lock, context.patienceMs)
  try {
    rmSync(layout.scratch, { recursive: true, force: true })
    mkdirSync(layout.scratch, { recursive: true })
    await loadLookups(warehouse)
    const deliveries: ImportedDelivery[] = []
    const failures: UserError[] = []
    const refused: string[] = []
    const notes = [...warnings]
    const { rows } = await warehouse.query(`select current_setting('threads') as threads`)
    const width = Math.min(filesAtATime, Number(rows[0]?.['threads']))
    const gates = { normalise: createGate(width), commit: createGate(1) }
    const follow = async (chain: readonly Candidate[]) => {
      const run = { ...context, ...gates, warehouse: await warehouse.fork() }
      try {
        for (const candidate of chain) {
          await importCandidate(run, candidate, sourceName, notes).then(
            (landed) => deliveries.push(...landed),
            (thrown: unknown) => {
              // A provider begins a month with files of no rows; what is held stays, and the next delivery brings the rest.
              if (context.collected && thrown instanceof EmptyDelivery) {
                notes.push(`${thrown.message}: nothing of it is counted, what was held stays`)
                return
              }
              const error = outOfMemory(thrown, candidate) ?? thrown
              if (!(error instanceof UserError)) throw error
              failures.push(error)
              refused.push(...candidate.files)
            },
          )
        }
      } finally {
        run.warehouse.close()
      }
    }
    const together = context.collected ? slicesTogether(candidates) : candidates
    const ended = await Promise.allSettled(chainsOf(together).map(follow))
    for (const end of ended) if (end.status === 'rejected') throw end.reason
    return { deliveries, failures, refused, warnings: notes }
  } finally {
    rmSync(layout.scratch, { recursive: true, force: true })
    unlock()
  }
}

function outOfMemory(error: unknown, { files }: Candidate): UserError | null {
  if (!(error instanceof Error) || !/^Out of Memory/i.test(error.message)) return null
  return new UserError(`the delivery of ${files[0]} needs more memory than memory_limit allows`, {
    hint: 'Raise memory_limit in costwright.yaml.',
    cause: error,
  })
}

/** The collected days of a table land as one delivery, so that what needs the whole month is computed once. */
function slicesTogether(candidates: readonly Candidate[]): Candidate[] {
  const tables = new Map<string, Candidate>()
  const others: Candidate[] = []
  for (const candidate of candidates) {
    const slices = candidate.files.map((file) => daySliceOf(file)?.split('/')[0])
    const table = new Set(slices).size === 1 ? slices[0] : undefined
    const known = table === undefined ? undefined : tables.get(table)
    if (candidate.manifest || table === undefined) others.push(candidate)
    else tables.set(table, { ...candidate, files: [...(known?.files ?? []), ...candidate.files] })
  }
  return [...others, ...tables.values()]
}

/** Deliveries that may restate or complete one another, in the order in which they must land; the chains go side by side. */
function chainsOf(candidates: readonly Candidate[]): Candidate[][] {
  const chains = new Map<string, Candidate[]>()
  for (const candidate of candidates) {
    const kind = candidate.manifest?.kind ?? 'none'
    chains.set(kind, [...(chains.get(kind) ?? []), candidate])
  }
  return [...chains.values()]
}

async function importCandidate(
  context: ImportRun,
  candidate: Candidate,
  sourceName: string | undefined,
  notes: string[],
): Promise<ImportedDelivery[]> {
  const journal = readJournal(context.layout)
  const stamped = await stampFiles(candidate.files, journal, context.collected, notes)
  const groups: ImportedDelivery[] = []
  const known = findKnown(context, journal, stamped, sourceName)
  if (known) return [describe(known, true, [])]
  for (const group of await groupByFormat(context, candidate, stamped, notes)) {
    const again = findKnown(
      context,
      readJournal(context.layout),
      group.files.map(({ stamp }) => stamp),
      sourceName,
    )
    if (again) groups.push(describe(again, true, []))
    else groups.push(describe(await landDelivery(context, group, sourceName)))
  }
  return groups
}

/** Hashes the files; one that the journal knows by path, size and time is not read again. Copies of one content count once. */
async function stampFiles(
  paths: readonly string[],
  journal: readonly Delivery[],
  collected: ImportContext['collected'],
  notes: string[],
): Promise<StampedFile[]> {
  const remembered = new Map(
    journal.flatMap((delivery) =>
      delivery.files.map((file) => [`${file.origin}\n${file.size}\n${file.modified_ms}`, file]),
    ),
  )
  const byContent = new Map<string, StampedFile>()
  for (const origin of paths) {
    const stamp = await fileStamp(origin)
    const known = collected?.get(origin) ?? remembered.get(`${origin}\n${stamp.size}\n${stamp.modified_ms}`)?.sha256
    const sha256 = known ?? (await sha256Of(origin))
    const twin = byContent.get(sha256)
    if (twin) notes.push(`${origin} is the same file as ${twin.origin}: counted once`)
    else byContent.set(sha256, { origin, sha256, ...stamp })
  }
  return [...byContent.values()]
}

/**
 * The delivery that these files have been before. A provider that restates a month to what it was once says what holds now: a
 * collected delivery is known only as long as nothing that came later has taken its place.
 */
function findKnown(
  { collected }: ImportContext,
  journal: readonly Delivery[],
  files: readonly StampedFile[],
  sourceName: string | undefined,
): Delivery | undefined {
  const fingerprint = fingerprintOf(files, '')
  return journal.findLast(
    (delivery) =>
      delivery.fingerprint === fingerprint &&
      (!sourceName || delivery.source === sourceName) &&
      (!collected || isCurrent(delivery, journal)),
  )
}

function isCurrent(delivery: Delivery, journal: readonly Delivery[]): boolean {
  if (delivery.table)
    return !journal.some(
      ({ table, source, landed_at }) =>
        table?.name === delivery.table?.name && source === delivery.source && landed_at > delivery.landed_at,
    )
  const raw = new Set(delivery.files.map((file) => file.raw))
  return currentVersions(journal)
    .filter(({ source, period }) => source === delivery.source && delivery.periods.some((own) => own.period === period))
    .every(({ parts }) => parts.some((part) => raw.has(part.raw)))
}

function describe(
  delivery: Delivery,
  unchanged = false,
  warnings: readonly string[] = delivery.warnings,
): ImportedDelivery {
  return {
    id: delivery.id,
    source: delivery.source,
    format: delivery.format,
    unchanged,
    billing_periods: delivery.periods.map(({ period, version, totals }) => ({
      period,
      version,
      rows_in: totals.rows_in,
      rows_out: totals.rows_out,
      billed_cost: totals.billed_cost,
      effective_cost: totals.effective_cost,
    })),
    table: delivery.table && { name: delivery.table.name, rows: delivery.table.rows },
    files: delivery.files.map((file) => file.origin),
    warnings,
  }
}
