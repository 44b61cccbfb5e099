import type { Readable } from 'node:stream'
import {
  type BlobDownloadResponseParsed,
  type BlobItem,
  ContainerClient,
  type ContainerListBlobFlatSegmentResponse,
  type RestError,
} from '@azure/storage-blob'
import { UserError } from '../../errors.ts'
import { azureCredential, isInsecure } from '../azure/clients.ts'
import { type CollectorContext, Gone, type ObjectFile, type Opened } from '../collector.ts'
import { withDeadline } from './deadline.ts'
import type { ObjectEntry, ObjectStore } from './object-store.ts'
import { readSmall } from './read-small.ts'

/** Keys of a source that say where a container is and how it is reached; `config-sources.ts` describes them. */
export interface AzureBlobConfig {
  readonly account_url?: string | undefined
  readonly container: string
  readonly tenant_id?: string | undefined
  readonly client_id?: string | undefined
  readonly connection_string_env?: string | undefined
  readonly sas_env?: string | undefined
}

const pageBlobs = 5000
const deadlineMs = 60_000
/** The SDK counts the first try. */
const options = { retryOptions: { maxTries: 1 } }

/**
 * A container of Azure Blob storage, read with a connection string, a SAS token or the credential that Azure's tools find.
 * Versions are ETags, without quotes. Throws UserError for a variable that is not set or holds something else.
 */
export function createAzureBlobStore(config: AzureBlobConfig, context: CollectorContext): ObjectStore {
  const container = connect(config, context)
  const url = withoutQuery(container.url)
  const store: ObjectStore = {
    url,
    async *list(prefix) {
      for (let token: string | undefined = ''; token !== undefined; ) {
        const from: string = token
        const page = await context.retry(`list ${url}/${prefix}`, (signal) =>
          withDeadline(signal, deadlineMs, (abortSignal) => listPage(container, prefix, from, abortSignal)).catch(
            (error: RestError) => {
              if (error.statusCode !== 404) throw error
              throw new UserError(
                `there is no container ${config.container} in ${url.slice(0, url.lastIndexOf('/'))}`,
                {
                  hint: 'Check container and account_url of the source.',
                  cause: error,
                },
              )
            },
          ),
        )
        yield* page.entries
        token = page.next
      }
    },
    file: (entry, name) => blobFile(container, entry, name),
    read: (entry, limit) => readSmall(store.file(entry, entry.key), url, limit, context.retry),
  }
  return store
}

function connect(config: AzureBlobConfig, context: CollectorContext): ContainerClient {
  const { account_url, container } = config
  if (config.connection_string_env !== undefined) {
    const text = variable(config.connection_string_env, context)
    checkConnectionString(text, config.connection_string_env)
    return new ContainerClient(text, container, options)
  }
  if (account_url === undefined) {
    throw new UserError(`account_url is missing for the container ${container}`, {
      hint: 'Give account_url: https://ACCOUNT.blob.core.windows.net, or connection_string_env.',
    })
  }
  isInsecure(account_url)
  const base = `${withoutQuery(account_url).replace(/\/+$/, '')}/${container}`
  if (config.sas_env !== undefined) {
    const text = variable(config.sas_env, context)
    const sas = text.slice(text.indexOf('?') + 1)
    if (!/(^|&)sig=/.test(sas)) throw notWhat(config.sas_env, 'SAS token (sv=…&sig=…)')
    return new ContainerClient(`${base}?${sas}`, undefined, options)
  }
  return new ContainerClient(base, azureCredential(config), options)
}

function variable(name: string, context: CollectorContext): string {
  const value = context.env(name)?.trim()
  if (value) return value
  throw new UserError(`the variable ${name} is not set`, { hint: `Set ${name} in the environment of costwright.` })
}

function checkConnectionString(text: string, name: string): void {
  if (text.startsWith('UseDevelopmentStorage=true')) return
  const part = (key: string) => new RegExp(`(?:^|;)\\s*${key}=([^;]+)`, 'i').exec(text)?.[1]
  const endpoint = part('BlobEndpoint')
  const key = part('DefaultEndpointsProtocol') && part('AccountName') && part('AccountKey')
  if (!(key && (endpoint ?? part('EndpointSuffix'))) && !(endpoint && part('SharedAccessSignature')))
    throw notWhat(name, 'connection string of a storage account')
  isInsecure(endpoint ?? `${part('DefaultEndpointsProtocol')}://${part('AccountName')}.blob.${part('EndpointSuffix')}`)
}

function notWhat(name: string, what: string): UserError {
  return new UserError(`the variable ${name} holds no ${what}`, {
    hint: 'The portal shows it under the storage account: Security + networking.',
  })
}

const withoutQuery = (url: string) => url.replace(/\?.*$/s, '')

/** One page a call: a page iterator of the SDK that failed once says it has ended. */
async function listPage(container: ContainerClient, prefix: string, from: string, abortSignal: AbortSignal) {
  const pages = container.listBlobsFlat({ ...(prefix === '' ? {} : { prefix }), abortSignal }).byPage({
    maxPageSize: pageBlobs,
    ...(from === '' ? {} : { continuationToken: from }),
  })
  const answer = (await pages.next()).value as ContainerListBlobFlatSegmentResponse
  return { entries: answer.segment.blobItems.map(entryOf), next: answer.continuationToken || undefined }
}

function entryOf({ name, properties }: BlobItem): ObjectEntry {
  return {
    key: name,
    bytes: properties.contentLength as number,
    version: bare(properties.etag),
    modified: properties.lastModified.toISOString(),
    md5: properties.contentMD5?.length ? Buffer.from(properties.contentMD5).toString('base64') : null,
  }
}

/** Listings give ETags without quotes, headers with them. */
const bare = (etag: string) => etag.replace(/^"|"$/g, '')

function blobFile(container: ContainerClient, entry: ObjectEntry, name: string): ObjectFile {
  return {
    kind: 'object',
    name,
    bytes: entry.bytes,
    version: entry.version,
    ...(entry.md5 === null ? {} : { checksum: { algorithm: 'md5' as const, base64: entry.md5 } }),
    async open(from, signal) {
      const answer = await withDeadline(signal, deadlineMs, (abortSignal) =>
        container.getBlobClient(entry.key).download(from, undefined, {
          abortSignal,
          conditions: { ifMatch: `"${entry.version}"` },
          maxRetryRequests: 0,
        }),
      ).catch((error: RestError) => {
        if ([404, 412, 416].includes(error.statusCode ?? 0))
          throw new Gone(`${withoutQuery(container.url)}/${entry.key} vanished or changed after it was listed`)
        throw error
      })
      return openedFrom(answer)
    },
  }
}

function openedFrom(answer: BlobDownloadResponseParsed): Opened {
  const range = /^bytes (\d+)-\d+\/(\d+)$/.exec(answer.contentRange ?? '')
  return {
    body: answer.readableStreamBody as Readable,
    bytes: range ? Number(range[2]) : (answer.contentLength ?? null),
    version: answer.etag === undefined ? null : bare(answer.etag),
    from: range ? Number(range[1]) : 0,
  }
}
