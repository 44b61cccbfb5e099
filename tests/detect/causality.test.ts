import { expect, test } from 'vitest'
import { differing } from '../../bench/anomaly/causality.ts'
import { worldInput } from '../../bench/anomaly/series.ts'
import { buildWorld } from '../../bench/worlds/world.ts'

test.each([false, true])('cutting the file changes no record before the cut (late data: %s)', (late) => {
  const world = buildWorld({ seed: 21 })
  const some = { ...world, leaves: world.leaves.filter(({ provider }) => provider === 'gcp') }
  expect(differing(worldInput(some, late), [131, 305])).toEqual([])
})
