import type { SeriesInput } from '../../src/detect/input.ts'
import { arrivals } from '../worlds/late.ts'
import type { World } from '../worlds/model.ts'

interface Row {
  readonly cell: number
  readonly day: number
  readonly seen: number
  readonly amount: number
}

/** A world as the detector's input, the same that reading its CSV gives (long form, four decimals). */
export function worldInput(world: World, late = false): SeriesInput {
  const order = world.leaves
    .filter((leaf) => leaf.cells.some((cell) => cell.cost.some((cost) => Math.round(cost * 1e4) !== 0)))
    .toSorted(
      (a, b) =>
        compare(a.provider, b.provider) ||
        compare(a.account, b.account) ||
        compare(a.service, b.service) ||
        compare(a.team, b.team),
    )
  const shares = late ? arrivals(world) : undefined
  const rows: Row[] = []
  const cells: SeriesInput['cells'][number][] = []
  order.forEach((leaf, index) => {
    for (const cell of leaf.cells) {
      const id = cells.length
      cells.push({
        leaf: index,
        region: cell.region,
        usage_type: cell.usage_type,
        charge_category: cell.charge_category,
      })
      for (let day = 0; day < world.calendar.days; day++) {
        const amount = Math.round((cell.cost[day] as number) * 1e4)
        if (amount === 0) continue
        if (!shares) rows.push({ cell: id, day, seen: day, amount })
        else
          for (const part of shares(leaf, cell, day, amount / 1e4))
            rows.push({ cell: id, day, seen: part.day, amount: Math.round(Number(part.cost) * 1e4) })
      }
    }
  })
  rows.sort((a, b) => a.seen - b.seen || a.cell - b.cell || a.day - b.day)
  return {
    first_date: world.calendar.start,
    days: world.calendar.days,
    scale: 4,
    long: true,
    vintages: late,
    last_seen: rows.at(-1)?.seen ?? -1,
    leaves: order.map(({ provider, account, service, team }) => ({ provider, account, service, team })),
    cells,
    rows: {
      length: rows.length,
      cell: Int32Array.from(rows, (row) => row.cell),
      day: Int32Array.from(rows, (row) => row.day),
      seen: Int32Array.from(rows, (row) => row.seen),
      amount: Float64Array.from(rows, (row) => row.amount),
    },
  }
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)
