import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type CollectorContext, Gone } from '../../src/collectors/collector.ts'
import type { ObjectEntry, ObjectStore } from '../../src/collectors/objects/object-store.ts'
import { UserError } from '../../src/errors.ts'
import { testContext } from './context.ts'

/** A store as a test sets it up, behind the real SDK. A page of its listings holds two objects where the fake can say so. */
export interface StoreWorld {
  store(context: CollectorContext): ObjectStore
  /** Puts an object there, or changes it. */
  put(key: string, content: string): Promise<void>
  remove(key: string): Promise<void>
  /** Makes the next request answer that the store is busy, where there is a network. */
  busyOnce?(): void
  /** Cuts the next answer after `bytes` bytes of its body, where there is a network. */
  cutOnce?(bytes: number): void
  close(): Promise<void>
}

const all = async (entries: AsyncIterable<ObjectEntry>): Promise<ObjectEntry[]> => {
  const found: ObjectEntry[] = []
  for await (const entry of entries) found.push(entry)
  return found.sort((a, b) => (a.key < b.key ? -1 : 1))
}

/** What every ObjectStore must do. */
export function objectStoreContract(name: string, createWorld: () => Promise<StoreWorld>): void {
  describe(`objects in ${name}`, () => {
    let world: StoreWorld
    let store: ObjectStore
    const signal = new AbortController().signal
    beforeEach(async () => {
      world = await createWorld()
      store = world.store(testContext())
    })
    afterEach(() => world.close())

    const only = async (key: string): Promise<ObjectEntry> => {
      const [entry] = await all(store.list(key))
      if (!entry) throw new Error(`${key} is not listed`)
      return entry
    }
    const text = async (entry: ObjectEntry, from = 0) => {
      const opened = await store.file(entry, 'x').open(from, signal)
      const chunks: Buffer[] = []
      for await (const chunk of opened.body) chunks.push(chunk as Buffer)
      return { ...opened, text: Buffer.concat(chunks).toString() }
    }

    test('a listing goes over all its pages, once each, below the prefix alone', async () => {
      for (const n of [1, 2, 3, 4, 5]) await world.put(`a/b/${n}.csv`, 'x'.repeat(n))
      await world.put('a/c.csv', 'other')
      await world.put('z.csv', 'other')
      const entries = await all(store.list('a/b/'))
      expect(entries.map(({ key, bytes }) => [key, bytes])).toEqual([1, 2, 3, 4, 5].map((n) => [`a/b/${n}.csv`, n]))
      expect(await all(store.list('nothing/'))).toEqual([])
    })

    test('an entry states when it changed, and another version once it has', async () => {
      await world.put('a/1.csv', 'one')
      const before = await only('a/1.csv')
      expect(new Date(before.modified).toISOString()).toBe(before.modified)
      await world.put('a/1.csv', 'two!')
      expect((await only('a/1.csv')).version).not.toBe(before.version)
    })

    test('a file opens at its beginning and at any byte of it', async () => {
      await world.put('a/1.csv', '0123456789')
      const entry = await only('a/1.csv')
      expect(await text(entry)).toMatchObject({ text: '0123456789', from: 0, bytes: 10, version: entry.version })
      expect(await text(entry, 7)).toMatchObject({ text: '789', from: 7, bytes: 10, version: entry.version })
    })

    test('keys with spaces, plus signs, percent signs, equals signs and letters of any language are found and read', async () => {
      const keys = ['a b.csv', 'a+b.csv', 'a%20b.csv', 'BILLING_PERIOD=2026-03/ä&<é>.csv', "it's (1).csv"]
      for (const key of keys) await world.put(`odd/${key}`, key)
      const entries = await all(store.list('odd/'))
      expect(entries.map(({ key }) => key).sort()).toEqual(keys.map((key) => `odd/${key}`).sort())
      for (const entry of entries) expect((await text(entry)).text).toBe(entry.key.slice('odd/'.length))
    })

    test('an object that changed since the listing is gone', async () => {
      await world.put('a/1.csv', '0123456789')
      const entry = await only('a/1.csv')
      await world.put('a/1.csv', '0123456780')
      await expect(store.file(entry, 'x').open(0, signal)).rejects.toBeInstanceOf(Gone)
      await expect(store.file(entry, 'x').open(5, signal)).rejects.toBeInstanceOf(Gone)
      await expect(store.read(entry, 100)).rejects.toBeInstanceOf(Gone)
    })

    test('an object that became shorter than what has been read of it is gone', async () => {
      await world.put('a/1.csv', '0123456789')
      const entry = await only('a/1.csv')
      await world.put('a/1.csv', '0')
      await expect(store.file(entry, 'x').open(5, signal)).rejects.toBeInstanceOf(Gone)
    })

    test('an object that vanished since the listing is gone', async () => {
      await world.put('a/1.csv', '0123456789')
      const entry = await only('a/1.csv')
      await world.remove('a/1.csv')
      await expect(store.file(entry, 'x').open(0, signal)).rejects.toBeInstanceOf(Gone)
      await expect(store.read(entry, 100)).rejects.toBeInstanceOf(Gone)
    })

    test('small content is read whole, and refused beyond the limit', async () => {
      await world.put('a/manifest.json', '{"a":1}')
      const entry = await only('a/manifest.json')
      expect((await store.read(entry, 7)).toString()).toBe('{"a":1}')
      await expect(store.read(entry, 6)).rejects.toBeInstanceOf(UserError)
    })

    test('a busy store is asked again, a broken answer read again', async () => {
      await world.put('a/1.csv', '0123456789')
      world.busyOnce?.()
      const entry = await only('a/1.csv')
      world.cutOnce?.(3)
      expect((await store.read(entry, 100)).toString()).toBe('0123456789')
    })

    test('a signal ends the reading', async () => {
      await world.put('a/1.csv', '0123456789')
      const entry = await only('a/1.csv')
      const ended = AbortSignal.abort()
      await expect(store.file(entry, 'x').open(0, ended)).rejects.toThrow()
    })
  })
}
