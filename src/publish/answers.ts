import { readFile } from 'node:fs/promises'
import type { ApiContext, Page, Snapshot } from '../api/context.ts'
import type { CatalogEntry } from '../catalog/catalog.ts'
import { answerKey, type PublishedAnswer } from '../edge/published.ts'
import { isStored } from '../pipeline/marts.ts'
import type { Params } from '../warehouse/warehouse.ts'
import type { StagedObject, Staging } from './staging.ts'

/** A larger answer is not published: it would not fit what a request at the edge may take. */
const most = { rows: 10_000, bytes: 4 * 2 ** 20 }

/** Whole answers over one state of the data, each asked once. */
export interface AnswerBook {
  /** Null for an answer that is too large. */
  ask(entry: CatalogEntry, params: Params): Promise<StagedObject | null>
  /** By `answerKey`, in its order; once nothing is being asked any more. */
  answers(): Promise<Record<string, StagedObject>>
}

export function answerBook(snapshot: Snapshot, staging: Staging): AnswerBook {
  const asked = new Map<string, Promise<StagedObject | null>>()
  const find = async (entry: CatalogEntry, params: Params) => {
    const { columns, rows, more } = await snapshot.query(entry, params, { offset: 0, limit: most.rows })
    if (more) return null
    const body = JSON.stringify({ columns, rows } satisfies PublishedAnswer)
    return Buffer.byteLength(body) > most.bytes ? null : staging.add(body, '.json')
  }
  return {
    ask(entry, params) {
      const key = answerKey(entry, params)
      const known = asked.get(key) ?? find(entry, params)
      asked.set(key, known)
      return known
    },
    async answers() {
      const found = await Promise.all([...asked].map(async ([key, answer]) => [key, await answer] as const))
      const whole = found.filter((one): one is [string, StagedObject] => one[1] !== null)
      return Object.fromEntries(whole.toSorted(([one], [other]) => (one < other ? -1 : 1)))
    },
  }
}

/** The context with every question of the current state noted in the book and answered from it; stored marts are published as such. */
export function recording(context: ApiContext, snapshot: Snapshot, book: AnswerBook): ApiContext {
  const recorded: Snapshot = {
    ...snapshot,
    async query(entry, params, page) {
      const answer = isStored(entry.name) ? null : await book.ask(entry, params)
      return answer ? pageOf(answer, page) : snapshot.query(entry, params, page)
    },
  }
  return { ...context, use: (_, work) => work(recorded) }
}

async function pageOf(answer: StagedObject, { offset, limit }: { offset: number; limit: number }): Promise<Page> {
  const { columns, rows } = JSON.parse(await readFile(answer.path, 'utf8')) as PublishedAnswer
  return { columns, rows: rows.slice(offset, offset + limit), more: rows.length > offset + limit }
}
