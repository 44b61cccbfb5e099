import { expect, test } from 'vitest'
import { progressMessages } from '../../src/commands/progress.ts'

test('progress is told to the process that asked at most four times a second, and always when it is whole', () => {
  const told: unknown[] = []
  let now = 0
  const { onProgress } = progressMessages(
    (message) => told.push(message),
    () => now,
  )
  for (const [at, done] of [
    [0, 1],
    [100, 2],
    [240, 3],
    [250, 4],
    [260, 10],
    [261, 10],
  ] as const) {
    now = at
    onProgress('bill.csv', done, 10)
  }
  onProgress('nothing', 0, 0)
  const message = (done: number) => ({ progress: { label: 'bill.csv', done, total: 10 } })
  expect(told).toEqual([message(1), message(4), message(10), message(10)])
})
