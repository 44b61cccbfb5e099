import { z } from 'zod'
import { UserError } from '../errors.ts'
import { covers, type DetectConfig, type Scope } from './config.ts'
import { clarity, freshMove } from './fresh-move.ts'
import { type IncidentBook, isOpen } from './incidents.ts'
import { dayIndex, moneyText, type SeriesInput } from './input.ts'
import { lumpAmount, lumpDue } from './lumps.ts'
import type { State } from './state.ts'
import { tuning } from './tuning.ts'
import { expected, type Unit } from './unit.ts'
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
  /** Fresh excess in the direction asked, in units, cut down when it is usual for its series. */
  readonly weight: number
  readonly cells: readonly { readonly cell: number; readonly excess: number }[]
}

function ranking(state: State, book: IncidentBook, question: Question, day: number) {
  const sign = question.direction === 'up' ? 1 : -1
  const movers = state.input.leaves
    .flatMap((leaf, index) => (covers(question.scope as Scope, leaf) ? [moverOf(state, book, index, day, sign)] : []))
    .filter(({ cells }) => cells.length > 0)
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
  const frozen = frozenDay(book, leaf, day)
  const ids = (state.cellsOf[leaf] ?? []).filter((cell) => (state.cells[cell] as Unit).first >= 0)
  const moves = ids.map((cell) => ({ cell, excess: excessOn(state, state.cells[cell] as Unit, day, frozen) }))
  const excess = moves.reduce((sum, move) => sum + move.excess, 0)
  const cells = moves
    .sort((a, b) => sign * (b.excess - a.excess) || a.cell - b.cell)
    .filter((move, place) => place === 0 || sign * move.excess > worthListing * Math.abs(excess))
  return { leaf, weight: weightOf(state, leaf, ids, { day, sign }), cells }
}

/** The most that the leaf's usage, one of its usage cells, a credit or a charge of it accounts for. */
function weightOf(state: State, leaf: number, ids: readonly number[], asked: { day: number; sign: number }): number {
  const whole = freshMove(state, state.usage[leaf] as Unit, asked)
  let best = whole.fresh * clarity(whole.z)
  for (const cell of ids) {
    const unit = state.cells[cell] as Unit
    if (state.input.cells[cell]?.charge_category === 'Purchase' && !lumpDue(unit, asked.day, state)) continue
    const { fresh, z } = freshMove(state, unit, asked)
    const counted = unit.kind === 'usage' ? Math.min(fresh, 1.25 * whole.fresh) : fresh
    best = Math.max(best, counted * clarity(z))
  }
  return best
}

/** The day whose level is the expectation: the last before an open incident, else the day before. */
function frozenDay(book: IncidentBook, leaf: number, day: number): number {
  const onsets = (['up', 'down'] as const).flatMap((direction) =>
    [false, true].flatMap((whole) => {
      const incident = book.latest({ leaf, whole, direction })
      return incident && isOpen(incident, day) ? [incident.onset] : []
    }),
  )
  return Math.min(day, ...onsets) - 1
}

/** Actual less expected amount of a cell, in units: lumps that are due are expected. */
function excessOn(state: State, unit: Unit, day: number, frozen: number): number {
  if (unit.gap[day] === 1) return 0
  const amount = unit.x[day] as number
  const usual = expected(unit, day, frozen, state.monday)
  if (unit.kind === 'usage' && unit.activity >= tuning.sparseShare) return amount - (unit.lump[day] as number) - usual
  const lump = unit.kind === 'credit' ? null : lumpDue(unit, day, state)
  return amount - (lump ? lumpAmount(lump) : usual)
}
