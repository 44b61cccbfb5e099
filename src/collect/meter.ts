/** Adds up what all sources fetch, for one line of progress. */
export interface Meter {
  /** More bytes are to come. */
  expect(bytes: number): void
  got(source: string, bytes: number): void
  rows(source: string, file: string, rows: number): void
}

const million = 1_000_000
const reportEveryMs = 100

/** Tells `onProgress` of bytes done and to come, with the time left at the pace so far; `now` in ms. */
export function createMeter(
  onProgress: (label: string, done: number, total: number) => void,
  now: () => number,
): Meter {
  const started = now()
  let expected = 0
  let done = 0
  let told = 0
  const due = () => {
    const due = now() - told >= reportEveryMs
    if (due) told = now()
    return due
  }
  return {
    expect(bytes) {
      expected += bytes
    },
    got(source, bytes) {
      done += bytes
      if (!due() || expected === 0) return
      const left = done === 0 ? null : ((now() - started) / done) * Math.max(0, expected - done)
      onProgress(
        `${source}  ${megabytes(done)} of ${megabytes(expected)} MB${left === null ? '' : `, ${span(left)} left`}`,
        done,
        expected,
      )
    },
    rows(source, file, rows) {
      if (due()) onProgress(`${source}  ${file}: ${rows} rows`, done, Math.max(expected, 1))
    },
  }
}

function megabytes(bytes: number): string {
  return (bytes / million).toFixed(bytes < 10 * million ? 1 : 0)
}

function span(ms: number): string {
  const seconds = Math.round(ms / 1000)
  return seconds < 90
    ? `${seconds} s`
    : seconds < 5400
      ? `${Math.round(seconds / 60)} min`
      : `${Math.round(seconds / 3600)} h`
}
