import { parseDetectConfig } from '../../src/detect/config.ts'
import type { SeriesInput } from '../../src/detect/input.ts'
import { alertsDocument } from '../../src/detect/records.ts'
import { detect } from '../../src/detect/walk.ts'

/** The input as it would be had its file ended after day `last` (by day, or with vintages by the day on which rows became visible). */
export function truncated(input: SeriesInput, last: number): SeriesInput {
  const { rows } = input
  const kept = [...rows.cell.keys()].filter((i) => (rows.seen[i] as number) <= last)
  const used = new Set(kept.map((i) => rows.cell[i] as number))
  const cells = [...used].sort((a, b) => a - b)
  const cellId = new Map(cells.map((cell, id) => [cell, id]))
  const leaves = [...new Set(cells.map((cell) => input.cells[cell]?.leaf as number))].sort((a, b) => a - b)
  const leafId = new Map(leaves.map((leaf, id) => [leaf, id]))
  return {
    ...input,
    days: kept.reduce((high, i) => Math.max(high, (rows.day[i] as number) + 1), 0),
    last_seen: kept.reduce((high, i) => Math.max(high, rows.seen[i] as number), -1),
    leaves: leaves.map((leaf) => input.leaves[leaf] as SeriesInput['leaves'][number]),
    cells: cells.map((cell) => {
      const key = input.cells[cell] as SeriesInput['cells'][number]
      return { ...key, leaf: leafId.get(key.leaf) as number }
    }),
    rows: {
      length: kept.length,
      cell: Int32Array.from(kept, (i) => cellId.get(rows.cell[i] as number) as number),
      day: Int32Array.from(kept, (i) => rows.day[i] as number),
      seen: Int32Array.from(kept, (i) => rows.seen[i] as number),
      amount: Float64Array.from(kept, (i) => rows.amount[i] as number),
    },
  }
}

/** Records, candidates included, that differ between the whole file and the file cut after a day, up to that day. */
export function differing(input: SeriesInput, cuts: readonly number[]): string[] {
  const config = parseDetectConfig({ emit_candidates: true }, input)
  const whole = alertsDocument(detect(input, config)).alerts
  return cuts.flatMap((cut) => {
    const part = truncated(input, cut)
    const found = alertsDocument(detect(part, config)).alerts.map((one) => JSON.stringify(one))
    const date = new Date(Date.parse(input.first_date) + cut * 86_400_000).toISOString().slice(0, 10)
    const wanted = whole.filter(({ detected_on }) => detected_on <= date).map((one) => JSON.stringify(one))
    const [left, right] = [new Set(found), new Set(wanted)]
    return [...wanted.filter((one) => !left.has(one)), ...found.filter((one) => !right.has(one))].map(
      (one) => `${cut}: ${one}`,
    )
  })
}
