import type { SeriesMatch } from './snapshot-match.ts'
import type { State } from './state.ts'

type Days = Float64Array | Float32Array | Uint8Array

/** What accounts and providers have by day, and their numbers by leaf. */
export interface SharedDays {
  readonly accountOf: readonly number[]
  readonly providerOf: readonly number[]
  readonly days: Readonly<Record<string, readonly Days[]>>
}

/** Each list in the order of the numbers of accounts or providers. */
function tables({ gaps, quiet, moods, lateness }: State): Record<string, readonly Days[]> {
  const lags = lateness[0]?.seen ?? []
  return {
    gaps,
    quiet,
    moods,
    partial: lateness.map(({ partial }) => partial),
    spread: lateness.map(({ spread }) => spread),
    factor: lateness.map(({ factor }) => factor),
    ...Object.fromEntries(lags.map((_, lag) => [`seen${lag}`, lateness.map(({ seen }) => seen[lag] as Days)])),
  }
}

/** The days before `end` of all accounts and providers. */
export function packShared(state: State, end: number): SharedDays {
  const days = Object.entries(tables(state)).map(
    ([name, rows]) => [name, rows.map((row) => row.slice(0, end))] as const,
  )
  return { accountOf: state.accountOf, providerOf: state.providerOf, days: Object.fromEntries(days) }
}

/** Puts packed days into a new state; the numbers of accounts and providers may have changed. */
export function unpackShared(state: State, shared: SharedDays, { leaves }: SeriesMatch): void {
  const renamed = (before: readonly number[], now: readonly number[]) => {
    const out: number[] = []
    before.forEach((id, leaf) => {
      out[id] = now[leaves[leaf] as number] as number
    })
    return out
  }
  const accounts = renamed(shared.accountOf, state.accountOf)
  const providers = [...renamed(shared.providerOf, state.providerOf), state.providers.length]
  for (const [name, rows] of Object.entries(tables(state))) {
    const ids = name === 'gaps' ? accounts : providers
    shared.days[name]?.forEach((days, id) => {
      rows[ids[id] as number]?.set(days)
    })
  }
}
