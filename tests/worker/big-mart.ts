import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'
import { openMart } from '../../src/edge/mart-file.ts'
import { r2Store } from '../../src/edge/r2-store.ts'
import type { ObjectStore } from '../../src/edge/store.ts'
import type { BigMart } from '../support/big-mart.ts'
import { objectOf } from './published.ts'

/** What a page of a big mart costs in the runtime that it is for: a Worker may hold 128 MB. */
export function bigMart(): void {
  test('the last page of a million rows is read from a bucket for a small part of its bytes', async () => {
    const { mart, last } = JSON.parse(new TextDecoder().decode(await objectOf('big.json'))) as BigMart
    const bucket = r2Store(env.PUBLISHED, '')
    let read = 0
    const counting: ObjectStore = {
      ...bucket,
      async range(key, start, end) {
        read += end - start
        return bucket.range(key, start, end)
      },
    }
    const file = await openMart(counting, mart, () => {
      throw new Error('gone')
    })
    const page = await file.rows(mart.rows - 1000, mart.rows)
    expect(page).toHaveLength(1000)
    const names = mart.columns.map(({ name }) => name)
    const shown = page.slice(-10).map((cells) => Object.fromEntries(names.map((name, index) => [name, cells[index]])))
    expect(shown).toEqual(last)
    expect(read / mart.bytes).toBeLessThan(0.05)
  })
}
