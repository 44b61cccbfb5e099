import order from './application-order.json' with { type: 'json' }

/** Eligible usage of one kind by hour: on-demand currency units, hour 0 being the same for all series. */
export interface Series {
  readonly id: string
  readonly provider: string
  readonly account: string
  readonly ode: Float64Array
}

/** How a commitment covers a series: units that one on-demand currency unit needs, and its place (ascending, then by id). */
export interface Draw {
  readonly per_ode: number
  readonly rank: number
}

/**
 * Something that can be bought. Its unit is a discounted currency unit for a spend plan (`unit_cost` 1, `per_ode` and `rank` 1 − d), an
 * on-demand currency unit for a legacy spend CUD (`unit_cost` 1 − d, `per_ode` 1), a normalised unit, vCPU or GB for a reservation
 * (`rank` the size factor).
 */
export interface Instrument {
  readonly id: string
  readonly provider: string
  /** A kind of application-order.json. */
  readonly kind: string
  /** Account that owns it; null covers all accounts alike. */
  readonly account: string | null
  /** Whether other accounts are covered after the owner. */
  readonly shared: boolean
  readonly unit_cost: number
  /** Purchasable step in units. */
  readonly step: number
  /** By index of the series. */
  readonly draws: ReadonlyMap<number, Draw>
}

/** A bought instrument: units per hour, alive in the hours [start, end), which may begin and end inside an hour. */
export interface Commitment extends Instrument {
  readonly amount: number
  readonly start: number
  readonly end: number
}

/** Place of an instrument in the order in which its provider applies commitments. Throws RangeError for an unknown kind. */
export function kindRank({ provider, kind, id }: Pick<Instrument, 'provider' | 'kind' | 'id'>): number {
  const kinds: readonly string[] | undefined = (order.providers as Record<string, readonly string[]>)[provider]
  const rank = kinds?.indexOf(kind) ?? -1
  if (rank < 0) throw new RangeError(`${id}: ${provider} has no commitment of the kind ${kind}`)
  return rank
}

/** Instruments in the order in which they are applied within an hour; narrower kinds come first. */
export function inApplicationOrder<T extends Instrument>(instruments: readonly T[]): T[] {
  return instruments
    .map((instrument) => ({ instrument, rank: kindRank(instrument) }))
    .sort((a, b) => a.rank - b.rank || (a.instrument.id < b.instrument.id ? -1 : 1))
    .map(({ instrument }) => instrument)
}

/** Series that an instrument covers, in order: the owner's account first, then by rank, then by id. */
export function coveredSeries(instrument: Instrument, series: readonly Series[]): readonly (readonly [number, Draw])[] {
  const foreign = (index: number) =>
    instrument.account === null || series[index]?.account === instrument.account ? 0 : 1
  const id = (index: number) => series[index]?.id ?? ''
  return [...instrument.draws]
    .filter(([index]) => instrument.shared || foreign(index) === 0)
    .sort(
      ([a, drawA], [b, drawB]) =>
        foreign(a) - foreign(b) || drawA.rank - drawB.rank || (id(a) < id(b) ? -1 : id(a) > id(b) ? 1 : 0),
    )
}
