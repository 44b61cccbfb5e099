import { expect, test } from 'vitest'
import { soak } from '../../bench/soak/run.ts'

// The bounded form of `npm run bench -- soak`: the real server and the real imports, each in a process of its own.
test('no answer fails, is broken or mixes two states while the data are exchanged under mixed load', async () => {
  const { asked, states, changes, failures } = await soak({ seconds: 15, rows: 200, clients: 1, seed: 42 })
  expect(failures).toEqual([])
  expect(changes).toBeGreaterThanOrEqual(2)
  expect(states).toBeGreaterThanOrEqual(2)
  expect(asked).toBeGreaterThan(20)
}, 120_000)
