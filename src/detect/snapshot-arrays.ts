import { oldestRestated } from './mornings.ts'
import type { Block } from './snapshot-file.ts'
import type { State } from './state.ts'
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

/** What is packed of a walk: days up to `end` (exclusive), after the morning `through`; with vintages more, for restated days. */
export interface Place {
  readonly end: number
  readonly through: number
  readonly vintages: boolean
}

const fromOf = (name: Dense, { through, vintages }: Pick<Place, 'through' | 'vintages'>) =>
  Math.max(0, through + 1 - reach[name] - (vintages ? oldestRestated + 1 : 0))

/** First day of which nothing is missing after a restoration. */
export const firstKept = (place: Pick<Place, 'through' | 'vintages'>) => fromOf('level', place)

const denseOf = ({ vintages }: Pick<Place, 'vintages'>) =>
  (Object.keys(reach) as Dense[]).filter((name) => name !== 'raw' || vintages)

/** Numbers of a unit that are no arrays, whatever they are. */
const scalarsOf = (unit: Unit) =>
  (Object.keys(unit) as (keyof Unit)[]).filter(
    (name) => typeof unit[name] === 'number' && name !== 'leaf' && name !== 'cell',
  )

/** The arrays of all units, one block a kind, unit after unit, each with the days that are kept. */
export function packUnits({ units }: State, place: Place): Record<string, Block> {
  const blocks: Record<string, Block> = {}
  const gather = (name: Dense | (typeof whole)[number], from: number, to?: number) => {
    const sample = units[0]?.[name]
    if (!sample) return
    const width = (to ?? sample.length) - from
    const block = new (sample.constructor as new (length: number) => Float64Array)(units.length * width)
    for (let index = 0, at = 0; index < units.length; index++, at += width)
      block.set((units[index] as Unit)[name].subarray(from, from + width), at)
    blocks[name] = block
  }
  for (const name of denseOf(place)) gather(name, fromOf(name, place), place.end)
  for (const name of whole) gather(name, 0)
  const scalars = units[0] ? scalarsOf(units[0]) : []
  const values = new Float64Array(units.length * scalars.length)
  units.forEach((unit, index) => {
    scalars.forEach((name, place) => {
      values[index * scalars.length + place] = unit[name] as number
    })
  })
  blocks['scalars'] = values
  return { ...blocks, ...packLumps(units, place), ...packMasks(units) }
}

function packLumps(units: readonly Unit[], place: Place): Record<string, Block> {
  const owners = units.flatMap(({ hasLumps }, index) => (hasLumps ? [index] : []))
  const from = fromOf('y', place)
  const width = place.end - from
  const lumps = new Float64Array(owners.length * width)
  owners.forEach((index, at) => {
    lumps.set((units[index] as Unit).lump.subarray(from, place.end), at * width)
  })
  return { lumps, lumpOwners: Int32Array.from(owners) }
}

/** Unit and day of all days that are left out of training, however old: they tell that a unit was treated apart. */
function packMasks(units: readonly Unit[]): Record<string, Block> {
  const masks: number[] = []
  units.forEach(({ masked }, index) => {
    for (let day = masked.indexOf(1); day >= 0; day = masked.indexOf(1, day + 1)) masks.push(index, day)
  })
  return { masks: Int32Array.from(masks) }
}

/** Puts the arrays of packed units into units of a new state: `targets` by packed unit. */
export function unpackUnits(
  blocks: Readonly<Record<string, Block>>,
  place: Place,
  targets: readonly (readonly Unit[])[],
): void {
  const [sample] = targets[0] ?? []
  if (!sample) return
  const spread = (name: Dense | (typeof whole)[number], from: number) => {
    const block = blocks[name] as Float64Array
    const width = block.length / targets.length
    for (let index = 0, at = 0; index < targets.length; index++, at += width)
      for (const unit of targets[index] as readonly Unit[]) unit[name].set(block.subarray(at, at + width), from)
  }
  for (const name of denseOf(place)) spread(name, fromOf(name, place))
  for (const name of whole) spread(name, 0)
  const scalars = scalarsOf(sample)
  targets.forEach((units, index) => {
    for (const unit of units)
      scalars.forEach((name, at) => {
        ;(unit as unknown as Record<string, number>)[name] = blocks['scalars']?.[index * scalars.length + at] as number
      })
  })
  unpackLumps(blocks, place, targets)
  unpackMasks(blocks, targets)
}

function unpackLumps(
  blocks: Readonly<Record<string, Block>>,
  place: Place,
  targets: readonly (readonly Unit[])[],
): void {
  const from = fromOf('y', place)
  const width = place.end - from
  const lumps = blocks['lumps'] as Float64Array
  blocks['lumpOwners']?.forEach((owner, at) => {
    for (const unit of targets[owner] ?? []) ownLumps(unit).set(lumps.subarray(at * width, (at + 1) * width), from)
  })
}

function unpackMasks(blocks: Readonly<Record<string, Block>>, targets: readonly (readonly Unit[])[]): void {
  const masks = blocks['masks'] as Int32Array
  for (let i = 0; i < masks.length; i += 2)
    for (const unit of targets[masks[i] as number] ?? []) unit.masked[masks[i + 1] as number] = 1
}
