import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Collector, CollectorContext } from '../../src/collectors/collector.ts'
import { type TestLake, testLake } from '../support/lake.ts'
import { billed, collectInto, everyRow } from './collect-into.ts'
import { testContext } from './context.ts'

/** A provider as a test sets it up, behind the real SDK. */
export interface World {
  collector(context: CollectorContext): Collector
  /** Puts the delivery of a billing month there, or restates it: one charge per amount. Two calls differ upstream even if the amounts are equal. */
  deliver(month: string, amounts: readonly string[]): Promise<void>
  /** Makes the next `times` readings of content break in the middle. */
  breakContent(times: number): void
  /** Makes every reading of content of this month fail for good (access denied), until healed. */
  denyContent(month: string): void
  heal(): void
  /** Requests for content so far (not listings). */
  contentRequests(): number
  close(): Promise<void>
}

/** What every collector of bills must do, whatever the cloud. The clock stands at 20 March 2026. */
export function collectorContract(name: string, createWorld: () => Promise<World>): void {
  describe(`collecting ${name}`, () => {
    let world: World
    let lake: TestLake
    const run = (attempts?: number) => {
      const context = testContext(attempts === undefined ? {} : { attempts })
      return collectInto(lake, world.collector(context), context)
    }
    beforeEach(async () => {
      world = await createWorld()
      lake = testLake()
    })
    afterEach(() => world.close())

    test('what is new comes, what was held stays', async () => {
      await world.deliver('2026-02', ['1.25', '2.50'])
      expect((await run()).status).toBe('collected')
      expect(await billed(lake)).toEqual({ '2026-02': '3.75' })
      await world.deliver('2026-03', ['10'])
      expect(await run()).toMatchObject({ status: 'collected', new_units: 1 })
      expect(await billed(lake)).toEqual({ '2026-02': '3.75', '2026-03': '10' })
    })

    test('a second collection of the same fetches nothing and says so', async () => {
      await world.deliver('2026-03', ['10', '0.01'])
      await run()
      const before = world.contentRequests()
      expect(await run()).toMatchObject({ status: 'nothing_new', new_units: 0, fetched_bytes: 0, problems: [] })
      expect(world.contentRequests()).toBe(before)
    })

    test('a restated month replaces what it was, and touches no other month', async () => {
      await world.deliver('2026-02', ['5'])
      await world.deliver('2026-03', ['10', '20'])
      await run()
      await world.deliver('2026-03', ['10', '20', '12.50'])
      const again = await run()
      expect(again).toMatchObject({ status: 'collected', new_units: 1 })
      expect(again.deliveries.flatMap((delivery) => delivery.billing_periods.map(({ period }) => period))).toEqual([
        '2026-03',
      ])
      expect(await billed(lake)).toEqual({ '2026-02': '5', '2026-03': '42.5' })
    })

    test('the same content delivered again changes nothing', async () => {
      await world.deliver('2026-03', ['10', '20'])
      await run()
      const before = await everyRow(lake)
      await world.deliver('2026-03', ['10', '20'])
      expect((await run()).problems).toEqual([])
      expect(await everyRow(lake)).toEqual(before)
    })

    test('a month restated to what it once was is what it once was', async () => {
      await world.deliver('2026-03', ['10', '20'])
      await run()
      await world.deliver('2026-03', ['10', '20', '5'])
      await run()
      await world.deliver('2026-03', ['10', '20'])
      expect((await run()).problems).toEqual([])
      expect(await billed(lake)).toEqual({ '2026-03': '30' })
    })

    test('broken connections are mended within the run', async () => {
      await world.deliver('2026-03', ['10', '20'])
      world.breakContent(2)
      expect(await run()).toMatchObject({ status: 'collected', problems: [] })
      expect(await billed(lake)).toEqual({ '2026-03': '30' })
    })

    test('a run that breaks off in the middle of a file reports it, and the next one ends in the same state', async () => {
      await world.deliver('2026-02', ['5'])
      await world.deliver('2026-03', ['10', '20'])
      world.breakContent(1000)
      const broken = await run(2)
      expect(broken.status).toBe('failed')
      expect(broken.problems.length).toBeGreaterThan(0)
      expect(await billed(lake)).toEqual({})
      world.heal()
      expect(await run()).toMatchObject({ status: 'collected', problems: [] })
      expect(await billed(lake)).toEqual({ '2026-02': '5', '2026-03': '30' })
    })

    test('one delivery that cannot be had stops no other, and the run says what is missing', async () => {
      await world.deliver('2026-02', ['5'])
      await world.deliver('2026-03', ['10'])
      world.denyContent('2026-03')
      const partial = await run()
      expect(partial.status).toBe('failed')
      expect(partial.problems.join('\n')).toMatch(/2026-?03/)
      expect(await billed(lake)).toEqual({ '2026-02': '5' })
      world.heal()
      expect((await run()).problems).toEqual([])
      expect(await billed(lake)).toEqual({ '2026-02': '5', '2026-03': '10' })
    })
  })
}
