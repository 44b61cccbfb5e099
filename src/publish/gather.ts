import { asyncBufferFromFile, parquetMetadataAsync } from 'hyparquet'
import { createApp } from '../api/app.ts'
import type { ApiContext, Snapshot } from '../api/context.ts'
import type { CatalogEntry } from '../catalog/catalog.ts'
import { findQuery } from '../catalog/find.ts'
import { checkParams } from '../catalog/params.ts'
import type { PublishConfig } from '../config-publish.ts'
import type { PublishedDocument, PublishedMart } from '../edge/published.ts'
import { isStored } from '../pipeline/marts.ts'
import { type AnswerBook, answerBook, recording } from './answers.ts'
import { inTurn } from './in-turn.ts'
import { openPage, pageAddresses } from './pages.ts'
import { questionsOf, type Values, valuesOf } from './questions.ts'
import type { StagedObject, Staging } from './staging.ts'

/** The part of what an audience gets that the state of the data decides. */
export interface Material {
  readonly answers: Readonly<Record<string, StagedObject>>
  readonly marts: Readonly<Record<string, PublishedMart & StagedObject>>
}

export interface GatherOptions {
  readonly staging: Staging
  readonly questions: PublishConfig['questions']
  /** Told after each step. */
  readonly onStep: (what: string, done: number, total: number) => void
}

/** Steps at a time, of which each asks one thing after the other: what the connections of a context can take. */
const width = 4

/** Writes the stored marts, and asks all that is to be answered: what the rules say, what the configuration names, what the pages ask. */
export async function gather(context: ApiContext, snapshot: Snapshot, options: GatherOptions): Promise<Material> {
  const { staging, onStep } = options
  const book = answerBook(snapshot, staging)
  const entries = [...context.catalog.values()]
  const stored = entries.filter(({ kind, name }) => kind === 'marts' && isStored(name))
  const values = valuesOf(await snapshot.lake(), await monthsOf(context, snapshot))
  const app = await createApp(recording(context, snapshot, book))
  const written = new Map<string, PublishedMart & StagedObject>()
  const steps: (readonly [string, () => Promise<void>])[] = [
    ...stored.map((entry) => {
      const write = async () => {
        written.set(entry.name, await writeMart(entry, snapshot, staging))
      }
      return [entry.name, write] as const
    }),
    ...entries.map((entry) => [entry.name, () => askAll(entry, book, values)] as const),
    ...options.questions.map(({ query, params }) => {
      const entry = findQuery(context.catalog, query)
      const given = checkParams(entry, params)
      return [query, async () => void (await book.ask(entry, given))] as const
    }),
    ...pageAddresses(context.catalog, values).map((address) => [address, () => openPage(app, address)] as const),
  ]
  await inTurn(
    width,
    steps.map(([, work]) => work),
    (done) => onStep(steps[done - 1]?.[0] ?? '', done, steps.length),
  )
  return { answers: await book.answers(), marts: Object.fromEntries([...written].toSorted(byName)) }
}

const byName = ([one]: readonly [string, unknown], [other]: readonly [string, unknown]) => (one < other ? -1 : 1)

async function askAll(entry: CatalogEntry, book: AnswerBook, values: Values): Promise<void> {
  for (const { params } of questionsOf(entry, values)) await book.ask(entry, params)
}

async function monthsOf(context: ApiContext, snapshot: Snapshot) {
  const { rows } = await snapshot.query(findQuery(context.catalog, 'months'), {}, { offset: 0, limit: 10_000 })
  return rows.map((row) => ({ charge_month: String(row['charge_month']), is_complete: row['is_complete'] === true }))
}

async function writeMart(entry: CatalogEntry, snapshot: Snapshot, staging: Staging) {
  const { columns } = await snapshot.query(entry, {}, { offset: 0, limit: 1 })
  const staged = await staging.add(snapshot.stream(entry, {}, 'parquet'), '.parquet')
  const { num_rows } = await parquetMetadataAsync(await asyncBufferFromFile(staged.path))
  return { ...staged, rows: Number(num_rows), columns }
}

/** What the application knows besides answers. */
export async function documentOf(context: ApiContext, snapshot: Snapshot): Promise<PublishedDocument> {
  return {
    catalog: [...context.catalog.values()],
    lake: await snapshot.lake(),
    collections: context.collections(),
    forecasts: context.forecasts(),
    incidents: context.incidents?.list() ?? [],
    usefulness: context.incidents?.usefulness() ?? { told: 0, judged: 0, actionable: 0, share: null },
    run: context.incidents?.newestRun() ?? null,
  }
}
