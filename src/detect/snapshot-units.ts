import { oldestRestated } from './mornings.ts'
import type { FilledTable, Row, Table } from './snapshot-file.ts'
import { tuning } from './tuning.ts'
import { ownLumps, type Unit } from './unit.ts'

/**
 * How many days before the day that is judged the rules reach. Amounts: to the usage of the month before that of a lump of five months
 * ago (`lumpRise`), 246 days. Models and lumps: `fitSums` of a profile of up to a week ago, `deseason`, lumps of five months ago.
 * Residuals: `weekendCandidates`, 153 days.
 */
const reach = { raw: 250, x: 250, y: tuning.sumHistory + 40, level: tuning.sumHistory + 40, v: 160 } as const
const whole = ['profile', 'sumSigma', 'sumMiddle', 'recent'] as const

type Dense = keyof typeof reach
type Whole = (typeof whole)[number]

/** What is packed of a walk: days up to `end` (exclusive), after the morning `through`; with vintages more, for restated days. */
export interface Place {
  readonly end: number
  readonly through: number
  readonly vintages: boolean
}

const fromOf = (name: Dense, { through, vintages }: Place) =>
  Math.max(0, through + 1 - reach[name] - (vintages ? oldestRestated + 1 : 0))

/** First day of which nothing is missing after a restoration. */
export const firstKept = (place: Place) => fromOf('level', place)

/** The arrays of all units, each with the days that are kept. */
export function unitTables(units: readonly Unit[], place: Place): FilledTable[] {
  const [sample] = units
  if (!sample) return []
  const table = (name: Dense | Whole, from: number, width: number): FilledTable => ({
    name,
    type: sample[name] instanceof Float64Array ? 'Float64Array' : 'Float32Array',
    count: units.length,
    width,
    row: (index) => (units[index] as Unit)[name].subarray(from, from + width),
  })
  const dense = (Object.keys(reach) as Dense[]).filter((name) => name !== 'raw' || place.vintages)
  return [
    ...dense.map((name) => table(name, fromOf(name, place), place.end - fromOf(name, place))),
    ...whole.map((name) => table(name, 0, sample[name].length)),
  ]
}

/** Puts a row of a packed unit into the units of a new state that go on from it. */
export function putRow({ name }: Table, row: Row, units: readonly Unit[], place: Place): void {
  const from = name in reach ? fromOf(name as Dense, place) : 0
  for (const unit of units) unit[name as Dense | Whole].set(row, from)
}

/** What of the units is no array of all days. */
export interface UnitFacts {
  /** Numbers of each unit, whatever they are, by `names`. */
  readonly names: readonly string[]
  readonly numbers: Float64Array
  /** Units with recurring amounts, and those, by unit. */
  readonly lumpOwners: readonly number[]
  readonly lumps: readonly Float64Array[]
  /** Unit and day of all days that are left out of training, however old: they tell that a unit was treated apart. */
  readonly masks: readonly number[]
}

export function unitFacts(units: readonly Unit[], place: Place): UnitFacts {
  const names = Object.entries(units[0] ?? {}).flatMap(([name, value]) =>
    typeof value === 'number' && name !== 'leaf' && name !== 'cell' ? [name] : [],
  )
  const numbers = new Float64Array(units.length * names.length)
  const masks: number[] = []
  units.forEach((unit, index) => {
    names.forEach((name, at) => {
      numbers[index * names.length + at] = unit[name as keyof Unit] as number
    })
    for (let day = unit.masked.indexOf(1); day >= 0; day = unit.masked.indexOf(1, day + 1)) masks.push(index, day)
  })
  const lumpOwners = units.flatMap(({ hasLumps }, index) => (hasLumps ? [index] : []))
  const lumps = lumpOwners.map((index) => (units[index] as Unit).lump.slice(fromOf('y', place), place.end))
  return { names, numbers, lumpOwners, lumps, masks }
}

/** Puts the facts of packed units into units of a new state: `targets` by packed unit. */
export function putFacts(facts: UnitFacts, targets: readonly (readonly Unit[])[], place: Place): void {
  const { names, numbers, lumpOwners, lumps, masks } = facts
  targets.forEach((units, index) => {
    for (const unit of units)
      names.forEach((name, at) => {
        ;(unit as unknown as Record<string, number>)[name] = numbers[index * names.length + at] as number
      })
  })
  lumpOwners.forEach((owner, at) => {
    for (const unit of targets[owner] ?? []) ownLumps(unit).set(lumps[at] as Float64Array, fromOf('y', place))
  })
  for (let i = 0; i < masks.length; i += 2)
    for (const unit of targets[masks[i] as number] ?? []) unit.masked[masks[i + 1] as number] = 1
}
