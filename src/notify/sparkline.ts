import type { HistoryPoint } from '../state/announcer.ts'

const bars = '▁▂▃▄▅▆▇█'

/** The last 30 days as one character a day, from zero to the largest; a day that is unknown is a dot. null without any amount. */
export function sparkline(history: readonly HistoryPoint[]): string | null {
  const values = history.slice(-30).map(({ actual }) => (actual === null ? null : Math.max(0, Number(actual))))
  const known = values.filter((value) => value !== null)
  if (known.length < 2) return null
  const top = Math.max(...known)
  return values
    .map((value) => (value === null ? '·' : bars[top === 0 ? 0 : Math.round((value / top) * (bars.length - 1))]))
    .join('')
}
