import { createCalendar } from './calendar.ts'
import type { RuleContext } from './candidate.ts'
import type { CellMove } from './cell-match.ts'
import type { SeriesInput } from './input.ts'
import { createLateness, type Lateness } from './lateness.ts'
import { lumpAmount, lumpDue } from './lumps.ts'
import { markQuiet } from './quiet.ts'
import { createSlab } from './slab.ts'
import type { Movement } from './transfer.ts'
import { tuning } from './tuning.ts'
import { advance, createUnit, expected, type Flags, takeOutLump, type Unit, type UnitKind } from './unit.ts'

/** Everything the detectors know, up to the day that was applied last. */
export interface State extends RuleContext {
  readonly input: SeriesInput
  /** Usage of each leaf as a whole. */
  readonly usage: readonly Unit[]
  /** By cell. */
  readonly cells: readonly Unit[]
  readonly cellsOf: readonly (readonly number[])[]
  /** By cell: equal for equal region and usage type. */
  readonly cellName: readonly number[]
  /** What leaves and their cells did over windows that end on the day that is judged, as far as it was asked. */
  readonly dayMoves: { readonly leaves: Map<number, Movement>; readonly cells: Map<number, Map<number, CellMove>> }
  /** Those of the leaves, then of the cells, then of the groups of several leaves. */
  readonly units: readonly Unit[]
  /** Sums of the leaves of one account and service; the unit of its leaf where there is one. */
  readonly groups: readonly { readonly unit: Unit; readonly leaves: readonly number[] }[]
  readonly groupOf: readonly number[]
  /** Leaves of the same provider that differ from a leaf in one of account, service and team, ascending. */
  siblingsOf(leaf: number): readonly number[]
  /** Leaves of the same account that share neither service nor team with a leaf, or of the same service with another account and team. */
  kinOf(leaf: number): readonly number[]
  readonly accountOf: readonly number[]
  readonly providerOf: readonly number[]
  readonly accounts: readonly (readonly number[])[]
  readonly providers: readonly (readonly number[])[]
  /** Gap flags by account, one a day. */
  readonly gaps: readonly Uint8Array[]
  /** 1 on days on which many series of a provider are low together. */
  readonly quiet: readonly Uint8Array[]
  readonly lateness: readonly Lateness[]
  /** Last day on which the history of one leaf was joined to another's, by `from/to`. */
  readonly joined: Map<string, number>
  /** Mean standardised residual of a provider's steady series by day, and the share of them that fell; the last entry is that of all. */
  readonly moods: readonly Float64Array[]
  readonly fallen: readonly Float64Array[]
}

const kinds: Readonly<Record<string, UnitKind>> = { Usage: 'usage', '': 'usage', Credit: 'credit' }

/** An empty state for a file: no amount applied yet. */
export function createState(input: SeriesInput): State {
  const { leaves, cells, days } = input
  const accountOf = numbered(leaves.map((leaf) => key(leaf.provider, leaf.account)))
  const providerOf = numbered(leaves.map((leaf) => leaf.provider))
  const groupOf = numbered(leaves.map((leaf) => key(leaf.provider, leaf.account, leaf.service)))
  const accounts = members(accountOf)
  const providers = members(providerOf)
  const gaps = accounts.map(() => new Uint8Array(days))
  const quiet = providers.map(() => new Uint8Array(days))
  const lateness = providers.map(() => createLateness(days))
  const incomplete = incompleteDays(input)
  const flags = (leaf: number) => ({
    partial: incomplete(leaf) ?? (lateness[providerOf[leaf] as number]?.partial as Uint8Array),
    late: lateness[providerOf[leaf] as number]?.spread as Float32Array,
    gap: gaps[accountOf[leaf] as number] as Uint8Array,
    quiet: quiet[providerOf[leaf] as number] as Uint8Array,
  })
  const made = createUnits(input, members(groupOf), flags)
  const calendar = createCalendar(input.first_date, days)
  const cellsOf = leaves.map((): number[] => [])
  cells.forEach((cell, index) => {
    cellsOf[cell.leaf]?.push(index)
  })
  return {
    input,
    ...made,
    cellsOf,
    cellName: numbered(cells.map((cell) => key(cell.region, cell.usage_type))),
    dayMoves: { leaves: new Map(), cells: new Map() },
    siblingsOf: siblings(leaves),
    kinOf: kin(leaves),
    accountOf,
    providerOf,
    groupOf,
    accounts,
    providers,
    gaps,
    calendar,
    quiet,
    lateness,
    joined: new Map(),
    moods: [...providers, []].map(() => new Float64Array(days)),
    fallen: [...providers, []].map(() => new Float64Array(days)),
    monday: (new Date(`${input.first_date}T00:00:00Z`).getUTCDay() + 6) % 7,
    unitsPerMoney: 10 ** input.scale,
    monthlyUsage: monthlySums(calendar, made.usage, { accountOf, providerOf, accounts, providers }),
  }
}

/** The units of all leaves, cells and groups of several leaves, side by side in memory. */
function createUnits(
  { leaves, cells, days, vintages }: SeriesInput,
  groups: readonly (readonly number[])[],
  flags: (leaf: number) => Omit<Flags, 'vintages' | 'room'>,
): Pick<State, 'usage' | 'cells' | 'groups' | 'units'> {
  const sums = groups.filter((of) => of.length > 1).length
  const slab = createSlab(leaves.length + cells.length + sums, days, vintages)
  const units: Unit[] = []
  const unit = (kind: UnitKind, leaf: number, cell = -1) => {
    const room = { slab, index: units.length }
    const one = createUnit(kind, { leaf, cell }, days, { ...flags(leaf), vintages, room })
    units.push(one)
    return one
  }
  const usage = leaves.map((_, leaf) => unit('usage', leaf))
  const ofCells = cells.map(({ leaf, charge_category }, cell) => unit(kinds[charge_category] ?? 'charge', leaf, cell))
  const ofGroups = groups.map((of) => {
    const first = of[0] as number
    return { leaves: of, unit: of.length > 1 ? unit('usage', first) : (usage[first] as Unit) }
  })
  return { usage, cells: ofCells, groups: ofGroups, units }
}

/** By leaf: 1 on days that are not complete; undefined when the input does not say. Leaves of one date share the array. */
function incompleteDays({ complete_before, days }: SeriesInput): (leaf: number) => Uint8Array | undefined {
  const known = new Map<number, Uint8Array>()
  return (leaf) => {
    const before = complete_before?.[leaf]
    if (before === undefined) return undefined
    const flags = known.get(before) ?? new Uint8Array(days).fill(1, Math.max(0, before))
    known.set(before, flags)
    return flags
  }
}

const key = (...names: string[]) => names.join('\u0000')

function numbered(names: readonly string[]): number[] {
  const ids = new Map<string, number>()
  return names.map((name) => {
    const id = ids.get(name) ?? ids.size
    ids.set(name, id)
    return id
  })
}

function members(of: readonly number[]): number[][] {
  const out: number[][] = []
  of.forEach((id, leaf) => {
    out[id] ??= []
    out[id]?.push(leaf)
  })
  return out
}

function siblings(leaves: SeriesInput['leaves']): State['siblingsOf'] {
  const alike = [
    numbered(leaves.map((leaf) => key(leaf.provider, leaf.account, leaf.service))),
    numbered(leaves.map((leaf) => key(leaf.provider, leaf.account, leaf.team))),
    numbered(leaves.map((leaf) => key(leaf.provider, leaf.service, leaf.team))),
  ].map((of) => ({ of, members: members(of) }))
  const known: number[][] = []
  return (leaf) => {
    known[leaf] ??= alike
      .flatMap(({ of, members }) => members[of[leaf] as number] ?? [])
      .filter((other) => other !== leaf)
      .sort((a, b) => a - b)
    return known[leaf]
  }
}

function kin(leaves: SeriesInput['leaves']): State['kinOf'] {
  const alike = [
    numbered(leaves.map((leaf) => key(leaf.provider, leaf.account))),
    numbered(leaves.map((leaf) => key(leaf.provider, leaf.service))),
  ].map((of) => ({ of, members: members(of) }))
  const known: number[][] = []
  const shared = (a: number, b: number) =>
    (['account', 'service', 'team'] as const).filter((name) => leaves[a]?.[name] === leaves[b]?.[name]).length
  return (leaf) => {
    known[leaf] ??= alike
      .flatMap(({ of, members }) => members[of[leaf] as number] ?? [])
      .filter((other) => shared(other, leaf) === 1)
      .sort((a, b) => a - b)
    return known[leaf]
  }
}

type Groups = Pick<State, 'accountOf' | 'providerOf' | 'accounts' | 'providers'>

/** Sums are kept from one call to the next until `forget`. */
function monthlySums(
  calendar: RuleContext['calendar'],
  usage: readonly Unit[],
  groups: Groups,
): RuleContext['monthlyUsage'] {
  const known = new Map<number, number>()
  const sums = (leaf: number, month: number, wide: boolean) => {
    const start = calendar.monthStart[month] ?? -1
    if (start < 0) return Number.NaN
    const group = (wide ? groups.providerOf : groups.accountOf)[leaf] as number
    const key = ((wide ? group : groups.providers.length + group) << 12) | month
    const before = known.get(key)
    if (before !== undefined) return before
    const end = calendar.monthStart[month + 1] ?? start + (calendar.monthLength[start] as number)
    let sum = 0
    for (const member of (wide ? groups.providers : groups.accounts)[group] ?? []) {
      const { x } = usage[member] as Unit
      for (let t = start; t < end; t++) sum += x[t] as number
    }
    known.set(key, sum)
    return sum
  }
  return Object.assign(sums, { forget: () => known.clear() })
}

/** Adds one row's amount to the units that it belongs to. */
export function applyRow(state: State, cell: number, day: number, amount: number): void {
  const unit = state.cells[cell] as Unit
  add(unit, day, amount)
  if (unit.kind !== 'usage') return
  add(state.usage[unit.leaf] as Unit, day, amount)
  const group = state.groups[state.groupOf[unit.leaf] as number]
  if (group && group.leaves.length > 1) add(group.unit, day, amount)
}

function add(unit: Unit, day: number, amount: number): void {
  unit.raw[day] = (unit.raw[day] as number) + amount
  if (unit.x !== unit.raw) unit.x[day] = (unit.x[day] as number) + amount
}

/** Sets the amounts that the models see on a day to what is visible, scaled up where the provider's day is incomplete. */
export function scaleDay(state: State, day: number): void {
  const scale = (unit: Unit) => {
    if (day < unit.heldBefore) return
    const { factor } = state.lateness[state.providerOf[unit.leaf] as number] as Lateness
    unit.x[day] = (unit.raw[day] as number) * (factor[day] as number)
  }
  state.units.forEach(scale)
}

/** Brings every unit's model to the end of `day`: gaps first, then levels, then the days on which a whole provider is quiet. */
export function advanceAll(state: State, day: number): void {
  state.accounts.forEach((leaves, account) => {
    ;(state.gaps[account] as Uint8Array)[day] = isGap(state, leaves, day) ? 1 : 0
  })
  for (const unit of state.units) advanceOne(state, unit, day)
  markQuiet(state, day)
}

/** Brings one unit's model to the end of `day`, without the recurring lump that was due on it. */
export function advanceOne(state: State, unit: Unit, day: number): void {
  advance(unit, day, state.monday)
  const v = unit.v[day] as number
  if (unit.kind !== 'usage' || unit.activity < tuning.sparseShare || !(v > 3 * Math.max(unit.sigma, tuning.stepSpread)))
    return
  const lump = lumpDue(unit, day, state)
  const excess = (unit.x[day] as number) - expected(unit, day, day - 1, state.monday)
  if (lump) takeOutLump(unit, day, excess <= 1.4 * Math.max(...lump.amounts) ? excess : lumpAmount(lump), state.monday)
}

/** An account of at least two series that spend every day is a gap when nearly none of them has a row. */
function isGap(state: State, leaves: readonly number[], day: number): boolean {
  let usual = 0
  let present = 0
  for (const leaf of leaves) {
    const unit = state.usage[leaf] as Unit
    if (unit.first < 0 || day - unit.first < 14 || unit.activity < 0.9 || !((unit.level[day - 1] as number) > 0))
      continue
    usual++
    if (unit.x[day] !== 0) present++
  }
  return usual >= 2 && present <= 0.1 * usual
}
