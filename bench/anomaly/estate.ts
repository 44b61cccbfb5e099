import type { SeriesInput } from '../../src/detect/input.ts'
import { buildWorld } from '../worlds/world.ts'
import { worldInput } from './series.ts'

const start = '2024-01-01'

/**
 * An estate of at least `wanted` leaves over `days` days: worlds side by side on one calendar, with the providers in common and the
 * accounts apart. Rows are in the detector's order.
 */
export function estateInput(wanted: number, days: number): SeriesInput {
  const parts: SeriesInput[] = []
  let count = 0
  for (let seed = 201; count < wanted; seed++) {
    const part = worldInput(buildWorld({ seed, span: { start, days } }))
    parts.push({
      ...part,
      leaves: part.leaves.map((leaf) => ({ ...leaf, account: `${leaf.account}-${seed}` })),
      rows: part.rows,
    })
    count += part.leaves.length
  }
  return sideBySide(parts, days)
}

function sideBySide(parts: readonly SeriesInput[], days: number): SeriesInput {
  const names = parts.flatMap(({ leaves }, part) => leaves.map((leaf, id) => ({ leaf, part, id })))
  const order = names.toSorted((a, b) => compare(textOf(a.leaf), textOf(b.leaf)))
  const leafOf = parts.map(({ leaves }) => new Int32Array(leaves.length))
  order.forEach(({ part, id }, index) => {
    ;(leafOf[part] as Int32Array)[id] = index
  })
  const cells = parts
    .flatMap((part, of) => part.cells.map((cell, id) => ({ ...cell, leaf: leafOf[of]?.[cell.leaf] as number, of, id })))
    .sort((a, b) => a.leaf - b.leaf || a.of - b.of || a.id - b.id)
  const cellOf = parts.map((part) => new Int32Array(part.cells.length))
  cells.forEach(({ of, id }, index) => {
    ;(cellOf[of] as Int32Array)[id] = index
  })
  return {
    ...(parts[0] as SeriesInput),
    days,
    last_seen: days - 1,
    leaves: order.map(({ leaf }) => leaf),
    cells: cells.map(({ leaf, region, usage_type, charge_category }) => ({
      ...{ leaf, region, usage_type, charge_category },
    })),
    rows: rowsByDay(parts, cellOf, cells.length * days),
  }
}

/** Rows of all parts by day, then cell, from a dense matrix of `size` amounts. */
function rowsByDay(parts: readonly SeriesInput[], cellOf: readonly Int32Array[], size: number): SeriesInput['rows'] {
  const cellCount = cellOf.reduce((sum, ids) => sum + ids.length, 0)
  const dense = new Float64Array(size)
  parts.forEach(({ rows }, part) => {
    for (let i = 0; i < rows.length; i++)
      dense[(rows.day[i] as number) * cellCount + (cellOf[part]?.[rows.cell[i] as number] as number)] = rows.amount[
        i
      ] as number
  })
  const length = dense.reduce((count, amount) => count + (amount === 0 ? 0 : 1), 0)
  const rows = {
    length,
    cell: new Int32Array(length),
    day: new Int32Array(length),
    seen: new Int32Array(length),
    amount: new Float64Array(length),
  }
  let at = 0
  dense.forEach((amount, place) => {
    if (amount === 0) return
    rows.cell[at] = place % cellCount
    rows.day[at] = Math.floor(place / cellCount)
    rows.amount[at++] = amount
  })
  rows.seen.set(rows.day)
  return rows
}

const textOf = (leaf: SeriesInput['leaves'][number]) =>
  [leaf.provider, leaf.account, leaf.service, leaf.team].join('\0')
const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)
