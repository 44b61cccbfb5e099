import type { CellKey, LeafKey, SeriesInput } from './input.ts'

/** Where the leaves and cells of an older input are in a newer one. */
export interface SeriesMatch {
  readonly leaves: Int32Array
  readonly cells: Int32Array
}

const isLeaf = (a: LeafKey, b: LeafKey) =>
  a.service === b.service && a.team === b.team && a.account === b.account && a.provider === b.provider

/** Finds older leaves and cells among newer ones of the same order; null when one is gone. */
export function matchSeries(
  older: { readonly leaves: readonly LeafKey[]; readonly cells: readonly CellKey[] },
  { leaves, cells }: SeriesInput,
): SeriesMatch | null {
  const leafAt = places(older.leaves, leaves, isLeaf)
  if (!leafAt) return null
  const cellAt = places(
    older.cells,
    cells,
    (a, b) =>
      leafAt[a.leaf] === b.leaf &&
      a.usage_type === b.usage_type &&
      a.region === b.region &&
      a.charge_category === b.charge_category,
  )
  return cellAt && { leaves: leafAt, cells: cellAt }
}

function places<T>(older: readonly T[], newer: readonly T[], isSame: (a: T, b: T) => boolean): Int32Array | null {
  const out = new Int32Array(older.length)
  let at = 0
  for (const [index, one] of older.entries()) {
    while (at < newer.length && !isSame(one, newer[at] as T)) at++
    if (at === newer.length) return null
    out[index] = at++
  }
  return out
}
