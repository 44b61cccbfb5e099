import { createHash } from 'node:crypto'
import { basename } from 'node:path'
import type { Collector, CollectorContext, RemoteDelivery } from '../collector.ts'
import { createFolderStore } from '../objects/folder.ts'
import { createHttpsStore } from '../objects/https.ts'
import type { ObjectStore } from '../objects/object-store.ts'
import { probeLine } from './probe-line.ts'

interface Place {
  readonly unit: string
  readonly store: ObjectStore
}

/** Files of business metrics in long form, on this machine or at https addresses; a folder stands for every file in it. */
export function createMetricFiles(files: readonly string[], context: CollectorContext): Collector {
  const places = files.map((file) => placeOf(file, context))
  return {
    async plan() {
      const found = await Promise.all(places.map(deliveriesOf))
      return { deliveries: found.flat(), pending: [], warnings: [] }
    },
    probe: () =>
      Promise.all(places.map((place) => probeLine(`read ${place.store.url}`, undefined, () => deliveriesOf(place)))),
  }
}

/** Addresses that differ in what they ask for name different files; what they ask for may be a signature, so it stays unsaid. */
function placeOf(file: string, context: CollectorContext): Place {
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(file)) return { unit: file, store: createFolderStore(file, context) }
  const store = createHttpsStore({ url: file }, context)
  const asked = file.split('?').slice(1).join('?')
  const unit = asked ? `${store.url}#${createHash('sha256').update(asked).digest('hex').slice(0, 8)}` : store.url
  return { unit, store }
}

async function deliveriesOf({ unit, store }: Place): Promise<RemoteDelivery[]> {
  const deliveries: RemoteDelivery[] = []
  for await (const entry of store.list('')) {
    const isWhole = store.url.includes('://') || basename(store.url) === entry.key
    deliveries.push({
      unit: isWhole ? unit : `${unit}/${entry.key}`,
      mark: entry.version,
      period: null,
      submitted: entry.modified,
      files: [store.file(entry, basename(entry.key))],
    })
  }
  return deliveries
}
