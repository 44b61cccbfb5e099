import { expect, test } from 'vitest'
import { inTurn } from '../../src/publish/in-turn.ts'

test('tasks run in order, so many at a time, and each is counted', async () => {
  const begun: number[] = []
  const counts: number[] = []
  let running = 0
  let most = 0
  const tasks = Array.from({ length: 9 }, (_, index) => async () => {
    begun.push(index)
    running += 1
    most = Math.max(most, running)
    await Promise.resolve()
    running -= 1
  })
  await inTurn(3, tasks, (done) => counts.push(done))
  expect(begun).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8])
  expect(most).toBe(3)
  expect(counts).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9])
  await inTurn(3, [], () => {})
})

test('after a failure none starts, and the running ones end before it is thrown', async () => {
  const ended: number[] = []
  const slow = Promise.withResolvers<void>()
  const tasks = [
    async () => {
      await slow.promise
      ended.push(0)
    },
    async () => {
      throw new Error('refused')
    },
    async () => void ended.push(2),
  ]
  const run = inTurn(2, tasks, () => {})
  slow.resolve()
  await expect(run).rejects.toThrow('refused')
  expect(ended).toEqual([0])
})
