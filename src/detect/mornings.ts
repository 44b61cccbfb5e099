import { advanceAll, applyRow, type State } from './state.ts'

/** A morning and the days that can be judged on it, oldest first. */
export interface Morning {
  readonly detectedOn: number
  readonly days: readonly number[]
}

/** Makes the file's rows visible day by day, keeps the models up to date and tells what can be judged. */
export function* mornings(state: State): Generator<Morning> {
  const { rows, last_seen, days } = state.input
  let next = 0
  for (let now = 0; now <= last_seen; now++) {
    while (next < rows.length && (rows.seen[next] as number) <= now) {
      applyRow(state, rows.cell[next] as number, rows.day[next] as number, rows.amount[next] as number)
      next++
    }
    const newest = state.input.vintages ? now - 1 : now
    if (newest < 0 || newest >= days) continue
    advanceAll(state, newest)
    yield { detectedOn: now, days: [newest] }
  }
}
