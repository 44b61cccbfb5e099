import type { DetectConfig } from './config.ts'
import { createBook, type Incident } from './incidents.ts'
import type { CellKey, LeafKey, SeriesInput } from './input.ts'
import type { Finding } from './judge.ts'
import { firstSeen, oldestRestated } from './mornings.ts'
import type { FilledTable, Packed } from './snapshot-file.ts'
import { matchSeries, type SeriesMatch } from './snapshot-match.ts'
import { packShared, type SharedDays, unpackShared } from './snapshot-shared.ts'
import { firstKept, type Place, putFacts, putRow, type UnitFacts, unitFacts, unitTables } from './snapshot-units.ts'
import { tuning } from './tuning.ts'
import type { Unit } from './unit.ts'
import { type PlacedNotice, startWalk, type Walk } from './walk.ts'

/** A unit, by its place in `state.units`, where the thing itself has the unit. */
type Placed<T extends { readonly unit: Unit }> = Omit<T, 'unit'> & { readonly unit: number }

/** What a snapshot says beside the arrays of units. Leaves, cells and units are places in the lists of the input that it was made of. */
export interface SnapshotHead {
  /** Method, configuration and form of the input: anything else starts anew. */
  readonly key: string
  /** Last morning that was walked, and that of the older snapshot kept beside this one; -1 without. */
  readonly through: number
  readonly base: number
  readonly end: number
  /** Digest of the rows that had become visible; by leaf, the first day that might be incomplete. */
  readonly seen: Int32Array
  readonly complete: Int32Array
  readonly leaves: readonly LeafKey[]
  readonly cells: readonly CellKey[]
  /** By unit after those of leaves and cells: the first leaf of the group. */
  readonly sums: readonly number[]
  /** Leaves for which a sum of their own and later ones cannot begin as they did. */
  readonly apart: readonly number[]
  readonly incidents: readonly Placed<Incident>[]
  readonly notices: readonly (Omit<PlacedNotice, 'finding' | 'incident'> & {
    readonly finding: Placed<Finding>
    readonly incident: number
  })[]
  readonly told: readonly string[]
  readonly joined: readonly (readonly [number, number, number])[]
  readonly shared: SharedDays
  readonly facts: UnitFacts
}

export type Snapshot = Packed & { readonly head: SnapshotHead }

/** Everything that a walk knows after its last morning, as plain values and tables of numbers. */
export function pack(
  { state, book, notices, told, next }: Walk,
  { key, base, digest }: { key: string; base: number; digest: Int32Array },
): { head: SnapshotHead; tables: readonly FilledTable[] } {
  const { input, units, groups } = state
  const through = next - 1
  const place = { through, end: input.vintages ? input.days : next, vintages: input.vintages }
  const placeOf = new Map(units.map((unit, place) => [unit, place]))
  const placed = <T extends { readonly unit: Unit }>(thing: T): Placed<T> => ({
    ...thing,
    unit: placeOf.get(thing.unit) as number,
  })
  const incidentOf = new Map(book.all.map((incident, place) => [incident, place]))
  const head: SnapshotHead = {
    ...{ key, through, base, end: place.end, leaves: input.leaves, cells: input.cells },
    seen: digest.slice(0, 2 * next),
    complete: completeBefore(input, place.end),
    shared: packShared(state, place.end),
    facts: unitFacts(units, place),
    sums: groups.flatMap(({ leaves }) => (leaves.length > 1 ? [leaves[0] as number] : [])),
    apart: state.usage.flatMap((unit, leaf) => (wasApart(unit) ? [leaf] : [])),
    incidents: book.all.map(placed),
    notices: notices.map(({ finding, incident, ...notice }) => ({
      ...notice,
      finding: placed(finding),
      incident: incident ? (incidentOf.get(incident) as number) : -1,
    })),
    told: [...told].filter((one) => toldDay(one) >= next - 1 - oldestRestated),
    joined: [...state.joined].map(([pair, day]) => [...(pair.split('/').map(Number) as [number, number]), day]),
  }
  return { head, tables: unitTables(units, place) }
}

const toldDay = (key: string) => Number(key.split('/')[3])

/** By leaf: first day that may be incomplete, as far as days before `end` know. */
function completeBefore({ complete_before, leaves }: SeriesInput, end: number): Int32Array {
  return Int32Array.from(leaves, (_, leaf) => Math.min(end, complete_before?.[leaf] ?? end))
}

/**
 * The walk that a snapshot was made of, on an input that only adds to it; or the reason why it cannot go on: older rows changed, what
 * came needs more of the past than is kept, or the file is not whole.
 *
 * @param digest of the rows of `input`, see `digestOfRows`
 */
export function unpack(
  snapshot: Snapshot,
  { input, config, digest }: { input: SeriesInput; config: DetectConfig; digest: Int32Array },
): Walk | string {
  const { head } = snapshot
  if (head.end > input.days || head.through > input.last_seen) return 'there are fewer days than before'
  if (head.seen.some((word, i) => word !== digest[i])) return 'rows of days that were judged have changed'
  const match = matchSeries(head, input)
  if (!match) return 'series of days that were judged are gone'
  const complete = completeBefore(input, head.end)
  if (head.complete.some((day, leaf) => day !== complete[match.leaves[leaf] as number]))
    return 'days that were judged have become complete'
  const place: Place = { ...head, vintages: input.vintages }
  return tooOld(head, place, { input, config, match }) ?? restored(snapshot, place, match, startWalk(input, config))
}

function restored(snapshot: Snapshot, place: Place, ...[match, walk]: [SeriesMatch, Walk]): Walk | string {
  const { head } = snapshot
  const { state, notices, told } = walk
  const targets = targetsOf(head, match, walk)
  if (!targets) return 'a series that was treated apart now has siblings'
  const broken = snapshot.scan((table, index, row) => putRow(table, row, targets[index] as Unit[], place))
  if (broken) return broken
  putFacts(head.facts, targets, place)
  unpackShared(state, head.shared, match)
  const unitAt = (index: number) => targets[index]?.[0] as Unit
  const leafAt = (leaf: number) => match.leaves[leaf] as number
  for (const [from, to, day] of head.joined) state.joined.set(`${leafAt(from)}/${leafAt(to)}`, day)
  const incidents = head.incidents.map((one) => ({ ...one, unit: unitAt(one.unit), leaf: leafAt(one.leaf) }))
  for (const { finding, incident, rootCell, ...notice } of head.notices)
    notices.push({
      ...notice,
      rootCell: rootCell === undefined ? undefined : match.cells[rootCell],
      incident: incidents[incident],
      finding: {
        ...finding,
        unit: unitAt(finding.unit),
        leaf: leafAt(finding.leaf),
        partners: finding.partners.map(leafAt),
      },
    })
  for (const key of head.told) told.add(key.replace(/^\d+/, (leaf) => String(leafAt(Number(leaf)))))
  return { ...walk, book: createBook(state, incidents), next: head.through + 1, keptFrom: firstKept(place) }
}

/** Units of the new state by unit of the old. The first sum over a leaf that was alone so far begins as that leaf did. */
function targetsOf({ leaves, cells, sums, apart }: SnapshotHead, match: SeriesMatch, { state }: Walk): Unit[][] | null {
  const groupAt = (leaf: number) => state.groups[state.groupOf[match.leaves[leaf] as number] as number]
  const targets = [
    ...leaves.map((_, leaf) => [state.usage[match.leaves[leaf] as number] as Unit]),
    ...cells.map((_, cell) => [state.cells[match.cells[cell] as number] as Unit]),
    ...sums.map((leaf) => [groupAt(leaf)?.unit as Unit]),
  ]
  const known = new Set(targets.slice(leaves.length + cells.length).map(([unit]) => unit))
  for (const [leaf, target] of targets.slice(0, leaves.length).entries()) {
    const group = groupAt(leaf)
    if (!group || group.leaves.length < 2 || known.has(group.unit)) continue
    if (apart.includes(leaf)) return null
    target.push(group.unit)
  }
  return targets
}

/** Whether days of a leaf were ever left out of training or given to another: a sum over it would have gone another way. */
const wasApart = ({ heldBefore, masked }: Unit) => heldBefore > 0 || masked.includes(1)

/** Whether new rows or verdicts reach further back than what is kept. */
function tooOld(
  { incidents, through }: SnapshotHead,
  place: Place,
  { input, config, match }: { input: SeriesInput; config: DetectConfig; match: SeriesMatch },
): string | null {
  const from = firstKept(place)
  const old = incidents.filter(({ onset }) => onset - 1 < from)
  if (old.length > 0 && config.feedback.some(({ given }) => given > through)) return 'a verdict on an old incident came'
  if (!input.vintages) return null
  const oldest = new Map<number, number>()
  for (let i = firstSeen(input.rows, through + 1); i < input.rows.length; i++) {
    const leaf = input.cells[input.rows.cell[i] as number]?.leaf as number
    oldest.set(leaf, Math.min(input.rows.day[i] as number, oldest.get(leaf) ?? Number.POSITIVE_INFINITY))
  }
  const touched = old.some(({ leaf, lastDay, state }) => {
    const day = oldest.get(match.leaves[leaf] as number)
    return day !== undefined && state !== 'retracted' && (day <= lastDay || through - lastDay < mayGrow)
  })
  return touched ? 'late rows of an old incident came' : null
}

/** Days after its last for which an incident may still grow, re-opened on a restated day. */
const mayGrow = tuning.resolveAfter + tuning.reopenWithin + oldestRestated
