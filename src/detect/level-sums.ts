import { createCalendar } from './calendar.ts'
import type { RuleContext } from './candidate.ts'
import { commonMove, ofOthers } from './level-common.ts'
import type { Part, Parts } from './level-parts.ts'
import { levelTuning } from './level-tuning.ts'
import { lumpAmount, lumpDue } from './lumps.ts'
import { advance, createUnit, expected, takeOutLump, type Unit } from './unit.ts'

/** Names of the sum that an incident is filed at: the dimensions it fixes, its level, and the value where the level has one of its own. */
export interface LevelSeries {
  readonly provider?: string
  readonly account?: string
  readonly service?: string
  readonly team?: string
  readonly level: string
  readonly value?: string
}

/** A sum under watch. */
export interface Sum {
  readonly series: LevelSeries
  /** Position of its level in `order`: of two that explain a move alike, the first is taken. */
  readonly rank: number
  readonly parts: readonly Part[]
  readonly unit: Unit
  /** By length of `levelTuning.lengths`, then day: what the parts did over the days that end there. */
  readonly logs: readonly Float32Array[]
  /** The same less what all others did; NaN where too few are left. */
  readonly apart: readonly Float32Array[]
  /** By length: what all others did over the days that end today. */
  readonly others: Float64Array
}

const order = [
  'team',
  'product',
  'account',
  'service',
  'resource_family',
  'tag',
  'environment',
  'provider',
  'total',
] as const

type Key = (part: Part) => LevelSeries

const ofLeaves: readonly Key[] = [
  () => ({ level: 'total' }),
  ({ provider }) => ({ provider, level: 'provider' }),
  ({ provider, account }) => ({ provider, account, level: 'account' }),
  ({ provider, service }) => ({ provider, service, level: 'service' }),
  ({ team }) => ({ team, level: 'team' }),
]

/** Families are those of one provider: providers use the same words for different things. */
const ofValues: Key = ({ provider, level, value }) =>
  level === 'resource_family' ? { provider, level, value } : { level, value }

/** Every sum of at least as many parts as a diffuse move needs. */
export function createSums({ all, days }: Parts): Sum[] {
  const groups = new Map<string, { series: LevelSeries; parts: Part[] }>()
  for (const part of all) {
    for (const key of part.level === 'leaf' ? ofLeaves : [ofValues]) {
      const series = key(part)
      const id = JSON.stringify(series)
      const group = groups.get(id) ?? { series, parts: [] }
      groups.set(id, group)
      group.parts.push(part)
    }
  }
  return [...groups.values()]
    .filter(({ parts }) => parts.length >= levelTuning.fewestMovers)
    .filter(isFirst)
    .map(({ series, parts }) => ({
      ...{ series, parts, rank: order.findIndex((level) => series.level.startsWith(level)) },
      unit: createUnit('usage', { leaf: -1, cell: -1 }, days, noFlags(days)),
      logs: levelTuning.lengths.map(() => new Float32Array(days).fill(Number.NaN)),
      apart: levelTuning.lengths.map(() => new Float32Array(days).fill(Number.NaN)),
      others: new Float64Array(levelTuning.lengths.length),
    }))
}

/** Of sums of the same parts the widest is kept: an estate of one provider is the whole. */
function isFirst({ parts }: { parts: Part[] }, index: number, groups: readonly { parts: Part[] }[]): boolean {
  const same = (other: Part[]) => other.length === parts.length && other.every((part, place) => part === parts[place])
  return groups.findIndex((group) => same(group.parts)) === index
}

function noFlags(days: number) {
  const none = new Uint8Array(days)
  return { gap: none, quiet: none, partial: none, late: new Float32Array(days), vintages: false }
}

export function contextOf({ first_date, days, scale }: Parts): RuleContext {
  return {
    monday: (new Date(`${first_date}T00:00:00Z`).getUTCDay() + 6) % 7,
    calendar: createCalendar(first_date, days),
    unitsPerMoney: 10 ** scale,
    monthlyUsage: Object.assign(() => Number.NaN, { forget: () => undefined }),
  }
}

/** Brings sums to the end of `day`: models, what is due monthly, and what their parts did together apart from all others. */
export function advanceSums(sums: readonly Sum[], day: number, context: RuleContext): void {
  for (const sum of sums) advanceSum(sum, day, context)
  const whole = sums.find(({ series }) => series.level === 'total')
  levelTuning.lengths.forEach((_, index) => {
    const all = whole && commonMove(whole.parts, index)
    for (const sum of sums) {
      const own = commonMove(sum.parts, index)
      sum.others[index] = all && sum !== whole ? ofOthers(all, own) : Number.NaN
      ;(sum.logs[index] as Float32Array)[day] = own.log
      ;(sum.apart[index] as Float32Array)[day] = own.log - (sum.others[index] as number)
    }
  })
}

function advanceSum({ unit, parts }: Sum, day: number, context: RuleContext): void {
  let total = 0
  for (const { x } of parts) total += x[day] as number
  unit.x[day] = total
  advance(unit, day, context.monday)
  if (!((unit.v[day] as number) > 3 * Math.max(unit.sigma, levelTuning.spreadFloor))) return
  const lump = lumpDue(unit, day, context)
  const excess = total - expected(unit, day, day - 1, context.monday)
  if (!lump) return
  takeOutLump(unit, day, excess <= 1.4 * Math.max(...lump.amounts) ? excess : lumpAmount(lump), context.monday)
}
