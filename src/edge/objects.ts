import { refuse } from '../api/http.ts'
import { bounded } from './bounded.ts'
import { type MartFile, openMart } from './mart-file.ts'
import type { PublishedMart, Reference } from './published.ts'
import type { ObjectStore } from './store.ts'

/** Objects that never change, by what names their content. */
export interface PublishedObjects {
  json<Value>(reference: Reference): Promise<Value>
  mart(mart: PublishedMart): Promise<MartFile>
  /** The object as it is, piece by piece. */
  pieces(reference: Reference): AsyncGenerator<Uint8Array>
}

/** Parsed, they take several times their bytes. */
const jsonBytes = 4 * 2 ** 20
const martBytes = 12 * 2 ** 20

/** Reads objects of a store; documents, answers and the descriptions of marts are kept in memory, within bounds. */
export function publishedObjects(store: ObjectStore): PublishedObjects {
  const documents = bounded<unknown>(jsonBytes)
  const marts = bounded<MartFile>(martBytes)
  return {
    async json<Value>({ key, bytes }: Reference) {
      const known = documents.get(key)
      if (known !== undefined) return known as Value
      const read = await new Response(await bodyOf(store, key)).json()
      documents.set(key, read, bytes)
      return read as Value
    },
    async mart(mart) {
      const known = marts.get(mart.key)
      if (known) return known
      const opened = await openMart(store, mart, () => gone(mart.key))
      marts.set(mart.key, opened, opened.bytes)
      return opened
    },
    async *pieces({ key }) {
      const reader = (await bodyOf(store, key)).getReader()
      try {
        for (;;) {
          const { done, value } = await reader.read()
          if (done) return
          yield value
        }
      } finally {
        await reader.cancel()
      }
    },
  }
}

async function bodyOf(store: ObjectStore, key: string): Promise<ReadableStream<Uint8Array>> {
  const found = await store.open(key)
  return found === null || found === 'unchanged' ? gone(key) : found.body
}

/** A later publication removes what only older states need. */
function gone(key: string): never {
  return refuse({
    status: 503,
    code: 'publication-incomplete',
    detail: `the object ${key} is no longer there`,
    hint: 'A newer state is being published; try again. If it stays so, run `costwright publish`.',
    retry_after: 30,
  })
}
