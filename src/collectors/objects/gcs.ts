import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { type File, Storage } from '@google-cloud/storage'
import { UserError } from '../../errors.ts'
import { type CollectorContext, Gone, type ObjectFile, type Opened } from '../collector.ts'
import { failureOf } from '../failure.ts'
import { isLoopbackHost } from './address.ts'
import { withDeadline } from './deadline.ts'
import type { ObjectEntry, ObjectStore } from './object-store.ts'
import { readSmall } from './read-small.ts'

export interface GcsConfig {
  readonly bucket: string
  /** Only for emulators and tests; the SDK's own variable STORAGE_EMULATOR_HOST works too. */
  readonly endpoint?: string | undefined
}

const pageObjects = 1000
const deadlineMs = 60_000

/** A bucket of Google Cloud Storage, read with Application Default Credentials. Versions are generations. */
export function createGcsStore(config: GcsConfig, context: CollectorContext): ObjectStore {
  const url = `gs://${config.bucket}`
  const bucket = new Storage({
    retryOptions: { autoRetry: false, maxRetries: 0 },
    ...(config.endpoint === undefined ? {} : { apiEndpoint: endpointOf(config.endpoint), projectId: 'unused' }),
  }).bucket(config.bucket)
  const store: ObjectStore = {
    url,
    async *list(prefix) {
      for (let token: string | undefined = ''; token !== undefined; ) {
        const pageToken: string = token
        const [files, next] = await context.retry(`list ${url}/${prefix}`, (signal) =>
          withDeadline(signal, deadlineMs, () =>
            bucket.getFiles({
              prefix,
              autoPaginate: false,
              maxResults: pageObjects,
              ...(pageToken ? { pageToken } : {}),
            }),
          ),
        )
        yield* files.map(entryOf)
        token = (next as { pageToken?: string } | null)?.pageToken
      }
    },
    file: (entry, name) => gcsFile(bucket.file(entry.key, { generation: entry.version }), url, entry, name),
    read: (entry, limit) => readSmall(store.file(entry, entry.key), url, limit, context.retry),
  }
  return store
}

function endpointOf(endpoint: string): string {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : null
  if (url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopbackHost(url.hostname))) return endpoint
  throw new UserError('endpoint is no https address', { hint: 'Plain http is only for a server on this machine.' })
}

function entryOf({ name, metadata }: File): ObjectEntry {
  return {
    key: name,
    bytes: Number(metadata.size),
    version: String(metadata.generation),
    modified: new Date(String(metadata.updated)).toISOString(),
    md5: metadata.md5Hash ?? null,
  }
}

function gcsFile(file: File, url: string, entry: ObjectEntry, name: string): ObjectFile {
  return {
    kind: 'object',
    name,
    bytes: entry.bytes,
    version: entry.version,
    ...(entry.md5 === null ? {} : { checksum: { algorithm: 'md5' as const, base64: entry.md5 } }),
    async open(from, signal) {
      const opened = withDeadline(signal, deadlineMs, () => openAt(file, entry, from, signal))
      return opened.catch((error: unknown) => {
        if (failureOf(error).kind === 'gone')
          throw new Gone(`${url}/${entry.key} vanished or changed after it was listed`)
        throw error
      })
    },
  }
}

/** The SDK takes no signal; its stream asks once it is read, and gives the answer's head as an event before errors of the answer. */
async function openAt(file: File, entry: ObjectEntry, from: number, signal: AbortSignal): Promise<Opened> {
  const body = file.createReadStream({ decompress: false, validation: false, ...(from === 0 ? {} : { start: from }) })
  const stop = () => body.destroy(signal.reason)
  signal.addEventListener('abort', stop, { once: true })
  body.once('close', () => signal.removeEventListener('abort', stop))
  // The SDK pipes the answer twice, which is one listener more than Node allows before it warns.
  body.once('response', (answer: Readable) => answer.setMaxListeners(20))
  body.read(0)
  const [answer] = (await once(body, 'response')) as [{ statusCode: number; headers: Record<string, string> }]
  if (answer.statusCode >= 400) await once(body, 'end')
  const range = /^bytes (\d+)-\d+\/(\d+)$/.exec(answer.headers['content-range'] ?? '')
  return {
    body,
    bytes: range ? Number(range[2]) : entry.bytes,
    version: answer.headers['x-goog-generation'] ?? entry.version,
    from: range ? Number(range[1]) : 0,
  }
}
