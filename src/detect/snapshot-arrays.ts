import type { Block } from './snapshot-file.ts'
import type { State } from './state.ts'
import type { Unit } from './unit.ts'
import { ownLumps } from './unit.ts'

/**
 * How many days before the last walked morning each array of a unit is kept. Amounts: the usage of the month before that of a lump of
 * five months ago (`lumpRise`), 246 days, on a day restated after `oldestRestated` days. The rest: `fitSums` and `deseason`, 193 days,
 * and `weekendCandidates`, 153 days, on such a day. Days masked are kept for good: they tell whether a unit was treated apart.
 */
const kept = { raw: 300, x: 300, y: 256, level: 256, v: 208, masked: Number.POSITIVE_INFINITY } as const
const lumpDays = 256
const whole = ['profile', 'sumSigma', 'sumMiddle', 'recent'] as const

type Dense = keyof typeof kept

/** First day of which nothing is missing after a restoration, for a state whose last morning was `through`. */
export const firstKept = (through: number) => Math.max(0, through + 1 - Math.min(kept.x, kept.level))

const fromOf = (days: number, through: number) => Math.max(0, through + 1 - Math.min(days, through + 1))

const denseOf = ({ input }: State): Dense[] =>
  (Object.keys(kept) as Dense[]).filter((name) => name !== 'raw' || input.vintages)

/** Numbers of a unit that are no arrays, whatever they are. */
const scalarsOf = (unit: Unit) =>
  (Object.keys(unit) as (keyof Unit)[]).filter(
    (name) => typeof unit[name] === 'number' && name !== 'leaf' && name !== 'cell',
  )

/** What is packed of a walk: days up to `end` (exclusive), after the morning `through`. */
export interface Place {
  readonly end: number
  readonly through: number
}

/** The arrays of all units, one block a kind, unit after unit, each with the days that are kept. */
export function packUnits(state: State, { end, through }: Place): Record<string, Block> {
  const { units } = state
  const blocks: Record<string, Block> = {}
  const gather = (name: Dense | (typeof whole)[number], from: number, to?: number) => {
    const sample = units[0]?.[name]
    if (!sample) return
    const width = (to ?? sample.length) - from
    const block = new (sample.constructor as new (length: number) => Float64Array)(units.length * width)
    units.forEach((unit, index) => {
      block.set(unit[name].subarray(from, from + width), index * width)
    })
    blocks[name] = block
  }
  for (const name of denseOf(state)) gather(name, fromOf(kept[name], through), end)
  for (const name of whole) gather(name, 0)
  const scalars = units[0] ? scalarsOf(units[0]) : []
  blocks['scalars'] = Float64Array.from({ length: units.length * scalars.length }, (_, i) =>
    Number(units[Math.floor(i / scalars.length)]?.[scalars[i % scalars.length] as keyof Unit]),
  )
  blocks['heldBefore'] = Float64Array.from(units, ({ heldBefore }) => heldBefore)
  return { ...blocks, ...packLumps(state, { end, through }) }
}

function packLumps({ units }: State, { end, through }: Place): Record<string, Block> {
  const owners = units.flatMap(({ hasLumps }, index) => (hasLumps ? [index] : []))
  const from = fromOf(lumpDays, through)
  const width = end - from
  const lumps = new Float64Array(owners.length * width)
  owners.forEach((index, place) => {
    lumps.set((units[index] as Unit).lump.subarray(from, end), place * width)
  })
  return { lumps, lumpOwners: Int32Array.from(owners) }
}

/** Puts the arrays of one packed unit into units of a new state that were it: `targets` by packed unit. */
export function unpackUnits(
  state: State,
  blocks: Readonly<Record<string, Block>>,
  { end, through }: Place,
  targets: readonly (readonly Unit[])[],
): void {
  const count = targets.length
  const spread = (name: Dense | (typeof whole)[number], from: number) => {
    const block = blocks[name] as Float64Array
    const width = block.length / count
    targets.forEach((units, index) => {
      const values = block.subarray(index * width, (index + 1) * width)
      for (const unit of units) unit[name].set(values, from)
    })
  }
  if (count === 0) return
  for (const name of denseOf(state)) spread(name, fromOf(kept[name], through))
  for (const name of whole) spread(name, 0)
  const scalars = scalarsOf(state.units[0] as Unit)
  const values = blocks['scalars'] as Float64Array
  targets.forEach((units, index) => {
    for (const unit of units)
      scalars.forEach((name, place) => {
        ;(unit as unknown as Record<string, number>)[name] = values[index * scalars.length + place] as number
      })
  })
  unpackLumps(blocks, { end, through }, targets)
}

function unpackLumps(
  blocks: Readonly<Record<string, Block>>,
  { end, through }: Place,
  targets: readonly (readonly Unit[])[],
): void {
  const from = fromOf(lumpDays, through)
  const width = end - from
  const lumps = blocks['lumps'] as Float64Array
  blocks['lumpOwners']?.forEach((owner, place) => {
    for (const unit of targets[owner] ?? [])
      ownLumps(unit).set(lumps.subarray(place * width, (place + 1) * width), from)
  })
}
