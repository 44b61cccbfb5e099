import { asyncBufferFromFile, parquetMetadataAsync } from 'hyparquet'
import { createApp } from '../api/app.ts'
import type { ApiContext, Snapshot } from '../api/context.ts'
import type { CatalogEntry } from '../catalog/catalog.ts'
import type { PublishedDocument, PublishedMart } from '../edge/published.ts'
import { createGate } from '../pipeline/gate.ts'
import { isStored } from '../pipeline/marts.ts'
import { answerBook, recording } from './answers.ts'
import { openPage, pageAddresses } from './pages.ts'
import type { StagedObject, Staging } from './staging.ts'

/** What an audience gets, staged. */
export interface Material {
  readonly answers: Readonly<Record<string, StagedObject>>
  readonly marts: Readonly<Record<string, PublishedMart & StagedObject>>
}

export type Told = (what: string, done: number, total: number) => void

/** Questions at a time: one a connection of the context. */
const width = 4

/** Asks what the pages ask, and writes the stored marts. */
export async function gather(context: ApiContext, snapshot: Snapshot, staging: Staging, told: Told): Promise<Material> {
  const book = answerBook(snapshot, staging)
  const app = await createApp(recording(context, snapshot, book))
  const addresses = await pageAddresses(context, snapshot)
  const marts = [...context.catalog.values()].filter(({ kind, name }) => kind === 'marts' && isStored(name))
  const gate = createGate(width)
  let done = 0
  const step = async <T>(what: string, work: () => Promise<T>) => {
    const result = await gate(work)
    done += 1
    told(what, done, addresses.length + marts.length)
    return result
  }
  const written = await Promise.all(
    marts.map((entry) =>
      step(entry.name, async () => [entry.name, await writeMart(entry, snapshot, staging)] as const),
    ),
  )
  await Promise.all(addresses.map((address) => step(address, () => openPage(app, address))))
  return { answers: await book.answers(), marts: Object.fromEntries(written) }
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
