import type { BilledCommitment, LabData } from './lab-data.ts'
import { apply } from './replay.ts'

const dayMs = 86_400_000
/** Hours of history that sizes and back-tests see at most. */
const mostHours = 365 * 24
/** A commitment without a charge in so many days has ended. */
const silentDays = 3

/** What the lab knows at an origin: hours before it, and what the commitments that stay leave of the demand. */
export interface Stand {
  /** Hours since the start of the data, [from, to). */
  readonly from: number
  readonly to: number
  /** On-demand cost by series and hour of [from, to) that a purchase could cover; buying lowers it. */
  readonly residual: Float64Array[]
  /** All eligible on-demand cost by series and hour of [from, to). */
  readonly total: readonly Float64Array[]
  readonly commitments: readonly Standing[]
}

/** A commitment at an origin. */
export interface Standing {
  readonly commitment: BilledCommitment
  /** Mean of its last 30 days, currency units. */
  readonly per_hour: number
  /** Whether it ends within the horizon, so that what it covers is put back. */
  readonly is_put_back: boolean
}

/**
 * The demand that is left to buy for at an origin (specs/commitments.md section 8): what the bill shows uncovered before it, with what
 * commitments covered that have ended or end within the horizon put back. A commitment that began inside the history is taken to have
 * covered its mean from the start of the history on.
 *
 * @param origin hours since the start of the data; nothing from there on is read
 * @param horizon_days commitments that end within so many days count as ended
 */
export function standAt(data: LabData, origin: number, horizon_days: number): Stand {
  const from = Math.max(0, origin - mostHours)
  const residual = data.series.map(({ open }) => open.slice(from, origin))
  const total = data.series.map(({ open, covered }) => {
    const sum = open.slice(from, origin)
    for (const hours of covered.values()) for (let i = 0; i < sum.length; i++) sum[i] = at(sum, i) + at(hours, from + i)
    return sum
  })
  const commitments: Standing[] = []
  for (const commitment of data.commitments) {
    const standing = standingOf(data, commitment, origin, horizon_days)
    if (standing === 'ended' || standing === 'put back') putBack(data, commitment, residual, from)
    else if (standing === 'stays') extend(data, commitment, residual, from)
    if (standing === 'put back' || standing === 'stays')
      commitments.push({ commitment, per_hour: rateBefore(commitment, origin), is_put_back: standing === 'put back' })
  }
  return { from, to: origin, residual, total, commitments }
}

function standingOf(data: LabData, { days, ends_at }: BilledCommitment, origin: number, horizon_days: number) {
  const day = Math.floor(origin / 24)
  if (!days.subarray(0, day).some((cost) => cost !== 0)) return 'unknown'
  const ends = ends_at === null ? null : (Date.parse(ends_at) - Date.parse(data.start)) / 3_600_000
  const isSilent = !days.subarray(Math.max(0, day - silentDays), day).some((cost) => cost !== 0)
  if (isSilent || (ends !== null && ends <= origin)) return 'ended'
  return ends !== null && ends < origin + horizon_days * 24 ? 'put back' : 'stays'
}

function putBack(
  data: LabData,
  { commitment_id }: BilledCommitment,
  residual: readonly Float64Array[],
  from: number,
): void {
  data.series.forEach(({ covered }, index) => {
    const hours = covered.get(commitment_id)
    const left = residual[index] as Float64Array
    if (hours) for (let i = 0; i < left.length; i++) left[i] = at(left, i) + at(hours, from + i)
  })
}

/** Covers the hours of the history before a commitment's first day as it covered those after it on average. */
function extend(data: LabData, commitment: BilledCommitment, residual: readonly Float64Array[], from: number): void {
  const began = commitment.days.findIndex((cost) => cost !== 0) * 24
  const length = residual[0]?.length ?? 0
  if (began <= from || began >= from + length) return
  const draws = new Map<number, { per_ode: number; rank: number }>()
  let covered = 0
  data.series.forEach((series, index) => {
    const hours = series.covered.get(commitment.commitment_id)
    if (!hours) return
    draws.set(index, { per_ode: 1, rank: 1 })
    for (let i = began; i < from + length; i++) covered += at(hours, i)
  })
  const amount = covered / (from + length - began)
  const { commitment_id: id, provider, commitment_type: kind } = commitment
  const instrument = { id, provider, kind, account: null, shared: true, unit_cost: 1, step: 1, draws, amount }
  const series = data.series.map((each) => ({
    id: String(each.series),
    provider,
    account: each.billing_account_id,
    ode: each.open,
  }))
  apply({ ...instrument, start: 0, end: began - from }, series, residual, began - from)
}

function rateBefore({ days }: BilledCommitment, origin: number): number {
  const last = days.subarray(Math.max(0, Math.floor(origin / 24) - 30), Math.floor(origin / 24))
  const alive = last.findIndex((cost) => cost !== 0)
  return alive < 0 ? 0 : last.reduce((sum, cost) => sum + cost, 0) / (last.length - alive) / 24
}

/** Hours from the start of the data to a day `YYYY-MM-DD`. */
export function hoursTo(data: LabData, day: string): number {
  return ((Date.parse(day) - Date.parse(data.start)) / dayMs) * 24
}

function at(values: Float64Array, index: number): number {
  return values[index] as number
}
