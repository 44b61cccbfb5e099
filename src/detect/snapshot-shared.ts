import type { Block } from './snapshot-file.ts'
import type { SeriesMatch } from './snapshot-match.ts'
import type { State } from './state.ts'

type Days = Float64Array | Float32Array | Uint8Array

/** What accounts and providers have by day, each list in the order of their numbers. */
function tables({ gaps, quiet, moods, lateness }: State): Record<string, readonly Days[]> {
  const seen = (lateness[0]?.seen ?? []).map(
    (_, lag) => [`seen${lag}`, lateness.map((one) => one.seen[lag] as Float64Array)] as const,
  )
  return {
    gaps,
    quiet,
    moods,
    partial: lateness.map(({ partial }) => partial),
    spread: lateness.map(({ spread }) => spread),
    factor: lateness.map(({ factor }) => factor),
    ...Object.fromEntries(seen),
  }
}

/** The days before `end` of all accounts and providers. */
export function packShared(state: State, end: number): Record<string, Block> {
  const blocks: Record<string, Block> = {}
  for (const [name, rows] of Object.entries(tables(state))) {
    const [sample] = rows
    if (!sample) continue
    const block = new (sample.constructor as new (length: number) => Float64Array)(rows.length * end)
    rows.forEach((row, index) => {
      block.set(row.subarray(0, end), index * end)
    })
    blocks[`shared.${name}`] = block
  }
  blocks['accountOf'] = Int32Array.from(state.accountOf)
  blocks['providerOf'] = Int32Array.from(state.providerOf)
  return blocks
}

/** Puts packed days into a new state; the numbers of accounts and providers may have changed. */
export function unpackShared(state: State, blocks: Readonly<Record<string, Block>>, { leaves }: SeriesMatch): void {
  const renamed = (old: Block | undefined, now: readonly number[]) => {
    const out: number[] = []
    old?.forEach((id, leaf) => {
      out[id] = now[leaves[leaf] as number] as number
    })
    return out
  }
  const accounts = renamed(blocks['accountOf'], state.accountOf)
  const providers = renamed(blocks['providerOf'], state.providerOf)
  for (const [name, rows] of Object.entries(tables(state))) {
    const block = blocks[`shared.${name}`]
    const ids = name === 'gaps' ? accounts : name === 'moods' ? [...providers, rows.length - 1] : providers
    if (!block || ids.length === 0) continue
    const width = block.length / ids.length
    ids.forEach((id, index) => {
      rows[id]?.set(block.subarray(index * width, (index + 1) * width))
    })
  }
}
