import { type Candidate, excessOf, percentOf } from './candidate.ts'
import type { DetectConfig } from './config.ts'
import { birth, isYoung } from './rule-birth.ts'
import { creditEnd } from './rule-credit.ts'
import { driftCandidate } from './rule-drift.ts'
import { sparseCandidates } from './rule-sparse.ts'
import { usageCandidates } from './rule-usage.ts'
import { weekendCandidates } from './rule-weekend.ts'
import type { State } from './state.ts'
import { transferPartners } from './transfer.ts'
import { tuning } from './tuning.ts'
import { expected, type Unit } from './unit.ts'

/** A candidate of a leaf (or of a whole account and service), with the reason for which it is not notified. */
export interface Finding extends Candidate {
  readonly leaf: number
  /** True when all teams of the account and service moved together: filed there. */
  readonly whole: boolean
  readonly suppressed_by: string | null
  readonly partners: readonly number[]
}

/** What is to be said about one day, at most one finding per leaf and direction. */
export function judgeDay(state: State, day: number, config: DetectConfig): Finding[] {
  if (day < tuning.warmup) return []
  state.dayMoves.leaves.clear()
  state.dayMoves.cells.clear()
  const findings: Finding[] = []
  for (let leaf = 0; leaf < state.usage.length; leaf++) {
    if (isAwaited(state, leaf, day)) continue
    const candidates = leafCandidates(state, leaf, day)
    if (candidates.length === 0) continue
    for (const candidate of bestOf(candidates)) findings.push(examine(state, candidate, config))
  }
  return [...common(state, day, findings, config), ...findings]
}

/** Whether nothing has come yet for a day that is not complete. */
function isAwaited({ input, usage }: State, leaf: number, day: number): boolean {
  const before = input.complete_before?.[leaf]
  return before !== undefined && day >= before && usage[leaf]?.x[day] === 0
}

const found: Candidate[] = []

/** The array is reused by the next call. */
function leafCandidates(state: State, leaf: number, day: number): readonly Candidate[] {
  found.length = 0
  const whole = state.usage[leaf] as Unit
  if (whole.first >= 0) {
    tryUsage(state, whole, day, found)
    driftCandidate(whole, day, state.monday, found)
    if (isYoung(whole, day))
      birth(whole, day, { leaf: whole, newToAccount: isNewToAccount(state, leaf, day), ...facts(state) }, found)
  }
  const cells = state.cellsOf[leaf] as readonly number[]
  const split = state.input.long && several(state, cells)
  for (let i = 0; i < cells.length; i++) {
    const cell = cells[i] as number
    const unit = state.cells[cell] as Unit
    if (unit.first < 0) continue
    if (unit.kind === 'charge') sparseCandidates(unit, day, state, found)
    else if (unit.kind === 'usage') {
      if (split) cellCandidates(state, unit, whole, day, found)
    } else {
      const before = found.length
      creditEnd(unit, whole, day, found)
      if (found.length > before && creditMoved(state, cell, day)) found.length = before
    }
  }
  return found
}

/** Whether a credit of the same name began at another leaf of the provider in the last days: it moved with its usage. */
function creditMoved(state: State, cell: number, day: number): boolean {
  const names = state.input.cells[cell]
  const leaf = names?.leaf ?? 0
  return (state.providers[state.providerOf[leaf] as number] ?? []).some(
    (other) =>
      other !== leaf &&
      (state.cellsOf[other] ?? []).some((twin) => {
        const { first } = state.cells[twin] as Unit
        const that = state.input.cells[twin]
        const same = that?.charge_category === names?.charge_category && that?.usage_type === names?.usage_type
        return same && that?.region === names?.region && first >= 0 && day - first <= 3 && day >= first
      }),
  )
}

/** A leaf with one usage cell so far is its own cell. */
function several(state: State, cells: readonly number[]): boolean {
  let seen = 0
  for (let i = 0; i < cells.length; i++) {
    const unit = state.cells[cells[i] as number] as Unit
    if (unit.kind === 'usage' && unit.first >= 0 && ++seen > 1) return true
  }
  return false
}

const facts = (state: State) => ({ unitsPerMoney: state.unitsPerMoney, monday: state.monday })

function tryUsage(state: State, unit: Unit, day: number, out: Candidate[]): void {
  if (unit.activity < tuning.sparseShare && day - unit.first >= 14) sparseCandidates(unit, day, state, out)
  else {
    usageCandidates(unit, day, state, out)
    weekendCandidates(unit, day, state.monday, out)
  }
}

const inCell: Candidate[] = []

function cellCandidates(state: State, unit: Unit, whole: Unit, day: number, out: Candidate[]): void {
  inCell.length = 0
  tryUsage(state, unit, day, inCell)
  if (isYoung(unit, day) && day - whole.first >= 30 && unit.first > whole.first)
    birth(unit, day, { leaf: whole, newToAccount: false, ...facts(state) }, inCell)
  for (const candidate of inCell) {
    if (!leafAgrees(state, candidate, whole)) continue
    out.push({
      ...candidate,
      score: candidate.rule === 'new_usage' ? candidate.score : candidate.score / tuning.cellPenalty,
    })
  }
}

/** A cell counts when its leaf moved with it: otherwise cost only changed its place inside the leaf. */
function leafAgrees(state: State, candidate: Candidate, whole: Unit): boolean {
  const { onset, day, unit } = candidate
  let excess = 0
  let usual = 0
  const frozen = Math.max(onset - 1, whole.first)
  for (let t = onset; t <= day; t++) {
    const base = expected(whole, t, frozen, state.monday)
    excess += (whole.x[t] as number) - base
    usual += base
  }
  const sign = candidate.direction === 'up' ? 1 : -1
  const own = excessOf(candidate)
  if (unit.kind === 'usage' && own < 0.06 * usual) return false
  return sign * excess >= 0.4 * own - whole.sigma * usual
}

function isNewToAccount(state: State, leaf: number, day: number): boolean {
  const group = state.groups[state.groupOf[leaf] as number]
  return (group?.leaves ?? []).every((other) => {
    const { first } = state.usage[other] as Unit
    return first < 0 || day - first < 14
  })
}

function bestOf(candidates: readonly Candidate[]): Candidate[] {
  const best = new Map<string, Candidate>()
  for (const candidate of candidates) {
    const known = best.get(candidate.direction)
    if (!known || candidate.score > known.score) best.set(candidate.direction, candidate)
  }
  return [...best.values()]
}

/** Weaker candidates decide nothing; they are examined only to be written. */
const isClear = ({ score }: Candidate) => score >= tuning.cut / 2

function examine(state: State, candidate: Candidate, config: DetectConfig): Finding {
  const { unit, day } = candidate
  const finding = { ...candidate, leaf: unit.leaf, whole: false, partners: [] as readonly number[] }
  const mayMove = candidate.rule !== 'lump' && unit.kind !== 'charge' && (isClear(candidate) || config.emitCandidates)
  const partners = mayMove ? transferPartners(state, candidate) : null
  if (partners) return { ...finding, partners, suppressed_by: 'transfer' }
  return { ...finding, suppressed_by: reason(state, candidate, day, config) }
}

function reason(state: State, candidate: Candidate, day: number, config: DetectConfig): string | null {
  const quiet = state.quiet[state.providerOf[candidate.unit.leaf] as number] as Uint8Array
  if (candidate.rule === 'refund') return 'refund'
  if (
    candidate.direction === 'down' &&
    (config.holidays.has(day) || (quiet[day] === 1 && candidate.rule !== 'near_total_fall'))
  )
    return 'holiday'
  if (excessOf(candidate) < config.minAmount * state.unitsPerMoney || percentOf(candidate) < config.minPercent)
    return 'impact'
  return null
}

/** Account and service sums whose leaves all moved by about one factor: a lapsed commitment or a price change, one finding. */
function common(state: State, day: number, findings: readonly Finding[], config: DetectConfig): Finding[] {
  const out: Finding[] = []
  for (const { unit, leaves } of state.groups) {
    if (leaves.length < 2 || unit.first < 0 || unit.activity < 0.9) continue
    const candidates: Candidate[] = []
    usageCandidates(unit, day, state, candidates)
    const up = candidates.filter(({ direction }) => direction === 'up').sort((a, b) => b.score - a.score)[0]
    if (!up || !togetherUp(state, up, leaves)) continue
    if (findings.some((one) => leaves.includes(one.leaf) && one.suppressed_by === 'transfer' && isClear(one))) continue
    out.push({
      ...up,
      score: up.score * tuning.commonGain,
      rule: 'common_factor',
      leaf: unit.leaf,
      whole: true,
      partners: leaves,
      suppressed_by: reason(state, up, day, config),
    })
  }
  return out
}

function togetherUp(state: State, { onset, day }: Candidate, leaves: readonly number[]): boolean {
  const factors: number[] = []
  const weights: number[] = []
  for (const leaf of leaves) {
    const unit = state.usage[leaf] as Unit
    let actual = 0
    let usual = 0
    for (let t = onset; t <= day; t++) {
      actual += unit.x[t] as number
      usual += expected(unit, t, onset - 1, state.monday)
    }
    if (!(usual > 0)) continue
    factors.push(actual / usual)
    weights.push(usual)
  }
  const total = weights.reduce((a, b) => a + b, 0)
  const mean = factors.reduce((sum, factor, i) => sum + factor * (weights[i] as number), 0) / total
  const near = factors.reduce(
    (sum, factor, i) => sum + (Math.abs(factor - mean) < 0.4 * (mean - 1) ? (weights[i] as number) : 0),
    0,
  )
  return factors.length >= 2 && near >= 0.85 * total && factors.filter((factor) => factor > 1.05).length >= 2
}
