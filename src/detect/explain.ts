import { z } from 'zod'
import { UserError } from '../errors.ts'
import { median } from '../stats/median.ts'
import { covers, type DetectConfig, type Scope } from './config.ts'
import { type IncidentBook, isOpen } from './incidents.ts'
import { dayIndex, moneyText, type SeriesInput } from './input.ts'
import { lumpAmount, lumpDue } from './lumps.ts'
import type { State } from './state.ts'
import { denominator, expected, type Unit } from './unit.ts'
import { walkTo } from './walk.ts'

const schema = z.array(
  z.object({
    id: z.union([z.string(), z.number()]),
    level: z.string().optional(),
    scope: z.object({ provider: z.string(), account: z.string(), service: z.string(), team: z.string() }).partial(),
    date: z.iso.date(),
    direction: z.enum(['up', 'down']).default('up'),
  }),
)

export type Question = z.infer<typeof schema>[number]

/**
 * Parses the questions of `--explain` (anomalies.md section 8).
 *
 * @throws UserError that names what is wrong
 */
export function parseQuestions(value: unknown, file: string): Question[] {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const problems = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'the whole'}: ${issue.message}`)
  throw new UserError(`${file}: ${problems.join('; ')}`, {
    hint: 'For example [{"id": "q1", "level": "provider", "scope": {"provider": "aws"}, "date": "2025-06-12"}].',
  })
}

const entries = 10

/** Answers each question from the rows up to its date: what moved the scope against its expectation, best first. */
export function explain(input: SeriesInput, questions: readonly Question[], config: DetectConfig) {
  const open = Map.groupBy(questions, ({ date }) => Math.min(dayIndex(input.first_date, date), input.days - 1))
  const answers = new Map<Question, ReturnType<typeof ranking>>()
  walkTo(input, config, (state, book, newest) => {
    for (const question of open.get(newest) ?? []) answers.set(question, ranking(state, book, question, newest))
  })
  return {
    schema: 'costwright-answers/1',
    answers: questions.map((question) => ({ id: question.id, ranked: answers.get(question) ?? [] })),
  }
}

interface Mover {
  readonly leaf: number
  /** Excess in the direction asked, in units, weighted down when it is usual for its series. */
  readonly weight: number
  readonly cells: readonly { readonly cell: number; readonly excess: number }[]
}

function ranking(state: State, book: IncidentBook, question: Question, day: number) {
  const sign = question.direction === 'up' ? 1 : -1
  const movers = state.input.leaves
    .flatMap((leaf, index) => (covers(question.scope as Scope, leaf) ? [moverOf(state, book, index, day, sign)] : []))
    .filter(({ weight }) => weight > 0)
    .sort((a, b) => b.weight - a.weight || a.leaf - b.leaf)
  return movers
    .slice(0, entries)
    .flatMap(({ leaf, cells }) => cells.map((one) => ({ leaf, ...one })))
    .slice(0, entries)
    .map(({ leaf, cell, excess }) => ({
      ...state.input.leaves[leaf],
      ...placeOf(state, cell),
      excess: moneyText(Math.round(excess), state.input.scale),
    }))
}

function placeOf({ input }: State, cell: number) {
  const names = input.cells[cell]
  return input.long && names ? { region: names.region, usage_type: names.usage_type } : {}
}

/** Least share of a leaf's excess for which one of its cells is listed beside the first. */
const worthListing = 0.15

function moverOf(state: State, book: IncidentBook, leaf: number, day: number, sign: number): Mover {
  const frozen = frozenDay(state, book, leaf, day)
  const moves = (state.cellsOf[leaf] ?? []).map((cell) => ({
    cell,
    ...excessOn(state, state.cells[cell] as Unit, day, frozen),
  }))
  const excess = moves.reduce((sum, move) => sum + move.excess, 0)
  const noise = Math.hypot(...moves.map((move) => move.noise), 1)
  const fresh = moves.reduce((sum, move) => sum + move.fresh, 0)
  const z = fresh / noise
  const cells = moves
    .filter((move) => sign * move.excess > 0)
    .sort((a, b) => sign * (b.excess - a.excess) || a.cell - b.cell)
    .filter((move, place) => place === 0 || sign * move.excess > worthListing * sign * excess)
  return {
    leaf,
    weight: sign * (freshWeight * fresh + (1 - freshWeight) * excess) * Math.min(1, Math.abs(z / clear) ** 3),
    cells,
  }
}

/** Spreads above which a movement counts in full; below, with the cube. */
const clear = 6

/** How much of the rank goes to what the last days brought, rather than to what has stood for a week. */
const freshWeight = 0.92

/** The day whose level is the expectation: the last before an open incident, else the day before. */
function frozenDay(_state: State, book: IncidentBook, leaf: number, day: number): number {
  const onsets = (['up', 'down'] as const).flatMap((direction) =>
    [false, true].flatMap((whole) => {
      const incident = book.latest({ leaf, whole, direction })
      return incident && isOpen(incident, day) ? [incident.onset] : []
    }),
  )
  return Math.min(day, ...onsets) - 1
}

interface Move {
  readonly excess: number
  /** The part that was not there a week ago. */
  readonly fresh: number
  readonly noise: number
}

/** The excess of a day over what the series stood at four to ten days before, no more than its whole excess. */
function freshPart(state: State, unit: Unit, day: number, excess: number): number {
  const recent = median(unit.y.subarray(Math.max(unit.first, day - 10), Math.max(unit.first, day - 3)))
  const factor = unit.profile[(day + state.monday) % 7] as number
  const change = (unit.x[day] as number) - (unit.lump[day] as number) - recent * factor
  if (Number.isNaN(change)) return excess
  return excess > 0 ? Math.max(0, Math.min(excess, change)) : Math.min(0, Math.max(excess, change))
}

function excessOn(state: State, unit: Unit, day: number, frozen: number): Move {
  if (unit.first < 0 || unit.gap[day] === 1) return { excess: 0, fresh: 0, noise: 0 }
  const amount = unit.x[day] as number
  if (unit.kind === 'usage' && unit.activity >= 0.5) {
    const excess = amount - (unit.lump[day] as number) - expected(unit, day, frozen, state.monday)
    return {
      excess,
      fresh: freshPart(state, unit, day, excess),
      noise: unit.sigma * Math.max(0, denominator(unit, day, frozen, state.monday)),
    }
  }
  const lump = unit.kind === 'credit' ? null : lumpDue(unit, day, state)
  const usual = expected(unit, day, frozen, state.monday)
  const excess = amount - (lump ? lumpAmount(lump) : usual)
  return {
    excess,
    fresh: unit.kind === 'credit' ? freshPart(state, unit, day, excess) : excess,
    noise: lump ? 0.2 * lumpAmount(lump) : dayToDay(unit, day),
  }
}

/** Largest distance from the level over the last three months, halved, in units: the spread of a series that mostly rests. */
function dayToDay(unit: Unit, day: number): number {
  const level = unit.kind === 'credit' ? (unit.level[Math.max(0, day - 1)] as number) : 0
  let largest = 0
  for (let t = Math.max(unit.first, day - 90); t < day; t++)
    largest = Math.max(largest, Math.abs((unit.x[t] as number) - level))
  return largest / 2
}
