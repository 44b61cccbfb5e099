import { describe, expect, it } from 'vitest'
import { worldInput } from '../../bench/anomaly/series.ts'
import { arriveLate } from '../../bench/foreign-worlds/late.ts'
import { buildForeignWorld } from '../../bench/foreign-worlds/world.ts'
import type { World } from '../../bench/worlds/model.ts'

const total = (amounts: Float64Array) => amounts.reduce((a, b) => a + b, 0)
const amountsOf = (world: World) => worldInput(world).rows.amount
const bytes = (amounts: Float64Array) => Buffer.from(amounts.buffer)

describe('worlds by another author', () => {
  const world = buildForeignWorld({ seed: 11 })

  it('are the same for the same seed and others for another seed or profile', () => {
    const amounts = amountsOf(world)
    const again = buildForeignWorld({ seed: 11 })
    expect(bytes(amountsOf(again)).equals(bytes(amounts))).toBe(true)
    expect(again.labels).toEqual(world.labels)
    for (const other of [buildForeignWorld({ seed: 12 }), buildForeignWorld({ seed: 11, profile: 'noisy' })])
      expect(bytes(amountsOf(other)).equals(bytes(amounts))).toBe(false)
  })

  it('carry every planted change on the leaf and cell that the label names, on scored days', () => {
    for (const { root, start, window_end, excess, leaves } of world.labels) {
      const cells = world.leaves[root.leaf]?.cells.filter(
        ({ region, usage_type }) => region === root.region && usage_type === root.usage_type,
      )
      expect(cells).toHaveLength(1)
      expect(leaves).toContain(root.leaf)
      expect(start).toBeGreaterThan(90)
      expect(window_end).toBeLessThan(world.calendar.days)
      expect(Math.max(...excess.map(Math.abs))).toBeGreaterThanOrEqual(40 * 0.7)
    }
  })

  it('hold no row on an account-day that is a gap', () => {
    for (const { account, day } of world.gaps)
      for (const { cells } of world.leaves.filter((leaf) => leaf.account === account))
        expect(cells.every(({ cost }) => cost[day] === 0)).toBe(true)
  })

  it('arrive late in parts that add up to the whole, none before the morning after its day', () => {
    const plain = worldInput(world)
    const late = arriveLate(world, plain)
    expect(total(late.rows.amount)).toBe(total(plain.rows.amount))
    expect(late.rows.seen.every((seen, i) => seen > (late.rows.day[i] as number))).toBe(true)
  })
})
