import type { CreateCollector, Plan, PlanRequest, Probe } from '../collector.ts'
import type { ObjectEntry, ObjectStore } from '../objects/object-store.ts'
import { openStore, placeOfUrl, type StorePlace } from '../objects/open-store.ts'
import { probeStore } from './probe.ts'
import { isTable, looseDeliveries, manifestDeliveries } from './units.ts'

/** A file of a local folder that changed so lately may still be written: copying into a folder is not done in one step. */
const settlingMs = 30_000

/** FOCUS files from anywhere: S3, Cloud Storage, Azure Blob, a web address, a folder; by manifests where there are some. */
export const createFocusFiles: CreateCollector<'focus_files'> = (config, context) => {
  const place = placeOfUrl(config)
  let opening: Promise<ObjectStore> | undefined
  const opened = () => {
    opening ??= openStore(config, place, context)
    return opening
  }
  return {
    plan: async (request) => planFiles(await opened(), place, request, context.now()),
    probe: async (): Promise<readonly Probe[]> => probeStore(opened, place, config),
  }
}

async function planFiles(store: ObjectStore, place: StorePlace, request: PlanRequest, now: Date): Promise<Plan> {
  const entries: ObjectEntry[] = []
  for await (const entry of store.list(place.prefix)) if (!entry.key.endsWith('/')) entries.push(entry)
  const named = entries.length === 1 && (place.kind === 'https' || entries[0]?.key === place.prefix)
  const { isTheirs, ...found } = await manifestDeliveries(store, entries, now)
  const tables = entries.filter(({ key }) => (isTable(key) || named) && !isTheirs(key))
  const empty = tables.filter(({ bytes }) => bytes === 0)
  const settling = place.kind === 'folder' ? tables.filter((entry) => isSettling(entry, now)) : []
  const loose = looseDeliveries(
    store,
    tables.filter(({ bytes }) => bytes !== 0),
  )
  const waiting = loose.filter(({ files }) => settling.some(({ key }) => files.some(({ name }) => name === key)))
  const deliveries = [...found.deliveries, ...loose.filter((one) => !waiting.includes(one))]
  const asked = ({ period }: { period: string | null }) =>
    period === null || (request.periods?.includes(period) ?? true)
  return {
    deliveries: deliveries.filter(asked),
    pending: [
      ...found.pending,
      ...waiting.map(({ unit }) => ({ unit, reason: 'a file of it was written less than half a minute ago' })),
    ],
    warnings: [
      ...found.warnings,
      ...empty.map(({ key }) => `${store.url}/${key} is empty: not collected`),
      ...(tables.length + found.deliveries.length + found.pending.length === 0
        ? [`there is no table below ${store.url}/${place.prefix} (CSV, Parquet, NDJSON, also packed)`]
        : []),
    ],
  }
}

function isSettling({ modified }: ObjectEntry, now: Date): boolean {
  const age = now.getTime() - Date.parse(modified)
  return age >= 0 && age < settlingMs
}
