import type { SeriesInput } from './input.ts'

/**
 * Rows from text, one entry a cell: `day,amount;day,amount` or, with `vintages`, `day,seen,amount;…`. The result is in ascending
 * order of the day on which a row is seen, then of cell, then of day.
 */
export function parseRows(parts: readonly { count: number; text: string }[], vintages: boolean): SeriesInput['rows'] {
  const length = parts.reduce((sum, part) => sum + part.count, 0)
  const read = {
    cell: new Int32Array(length),
    day: new Int32Array(length),
    seen: new Int32Array(length),
    amount: new Float64Array(length),
  }
  let at = 0
  parts.forEach(({ text }, cell) => {
    let from = 0
    const next = () => {
      const start = from
      while (from < text.length && text.charCodeAt(from) !== 44 && text.charCodeAt(from) !== 59) from++
      from++
      return Number(text.slice(start, from - 1))
    }
    while (from < text.length) {
      read.cell[at] = cell
      read.day[at] = next()
      read.seen[at] = vintages ? next() : (read.day[at] as number)
      read.amount[at++] = next()
    }
  })
  return inOrderOfSeen(read, length)
}

function inOrderOfSeen(read: Omit<SeriesInput['rows'], 'length'>, length: number): SeriesInput['rows'] {
  const lowest = read.seen.reduce((low, seen) => Math.min(low, seen), 0)
  const starts = new Int32Array(read.seen.reduce((high, seen) => Math.max(high, seen), 0) - lowest + 2)
  for (let i = 0; i < length; i++)
    starts[(read.seen[i] as number) - lowest + 1] = (starts[(read.seen[i] as number) - lowest + 1] as number) + 1
  for (let i = 1; i < starts.length; i++) starts[i] = (starts[i] as number) + (starts[i - 1] as number)
  const sorted = {
    length,
    cell: new Int32Array(length),
    day: new Int32Array(length),
    seen: new Int32Array(length),
    amount: new Float64Array(length),
  }
  for (let i = 0; i < length; i++) {
    const slot = (read.seen[i] as number) - lowest
    const to = starts[slot] as number
    starts[slot] = to + 1
    sorted.cell[to] = read.cell[i] as number
    sorted.day[to] = read.day[i] as number
    sorted.seen[to] = read.seen[i] as number
    sorted.amount[to] = read.amount[i] as number
  }
  return sorted
}
