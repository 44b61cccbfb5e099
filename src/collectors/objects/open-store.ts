import { fileURLToPath } from 'node:url'
import { UserError } from '../../errors.ts'
import type { AwsConfig } from '../aws/clients.ts'
import type { CollectorContext } from '../collector.ts'
import type { ObjectStore } from './object-store.ts'

/** Keys of a source that say where files lie, in whatever kind of store; `config-sources.ts` describes them. */
export interface StoreConfig extends AwsConfig {
  readonly url: string
  readonly tenant_id?: string | undefined
  readonly client_id?: string | undefined
  readonly connection_string_env?: string | undefined
  readonly sas_env?: string | undefined
  readonly authorization_env?: string | undefined
}

/** What a url means. `prefix` is of the keys in the store. */
export type StorePlace =
  | { readonly kind: 's3' | 'gcs'; readonly bucket: string; readonly prefix: string }
  | { readonly kind: 'azure'; readonly account_url: string; readonly container: string; readonly prefix: string }
  | { readonly kind: 'https' | 'folder'; readonly prefix: '' }

const buckets = { s3: 's3', gs: 'gcs' } as const
const blobHost = /\.blob\.(core\.windows\.net|storage\.azure\.net|core\.chinacloudapi\.cn|core\.usgovcloudapi\.net)$/i

/**
 * Reads a url: `s3://bucket/prefix`, `gs://bucket/prefix`, `https://<account>.blob.core.windows.net/container/prefix`,
 * `https://host/file`, else a path of this machine. Throws UserError for other schemes and for secrets in it.
 */
export function placeOfUrl(config: StoreConfig): StorePlace {
  const [, scheme, bucket, path = ''] = /^(s3|gs):\/\/([^/]+)(?:\/(.*))?$/is.exec(config.url) ?? []
  if (scheme && bucket) {
    return { kind: buckets[scheme.toLowerCase() as 's3' | 'gs'], bucket, prefix: path }
  }
  if (!/^[a-z][a-z0-9+.-]+:\/\//i.test(config.url)) return { kind: 'folder', prefix: '' }
  const url = URL.canParse(config.url) ? new URL(config.url) : null
  if (url?.protocol === 'file:') return { kind: 'folder', prefix: '' }
  if (url?.protocol !== 'https:' && url?.protocol !== 'http:') {
    throw new UserError(`url begins with ${config.url.slice(0, config.url.indexOf('://'))}://`, {
      hint: 'Give s3://…, gs://…, https://… or a folder.',
    })
  }
  const known = config.connection_string_env !== undefined || config.sas_env !== undefined
  if (!blobHost.test(url.hostname) && !known) return { kind: 'https', prefix: '' }
  if (/(^|[?&])sig=/.test(url.search)) {
    throw new UserError(`url holds a SAS token for ${url.origin}${url.pathname}`, {
      hint: 'Put the token into a variable of the environment and name that in sas_env.',
    })
  }
  const segments = url.pathname.split('/').filter(Boolean).map(decodeURIComponent)
  const own = blobHost.test(url.hostname) ? 0 : 1
  const container = segments[own]
  if (container === undefined)
    throw new UserError(`${url.origin}${url.pathname} names no container`, {
      hint: 'Give https://ACCOUNT.blob.core.windows.net/CONTAINER/PREFIX.',
    })
  const tail = url.pathname.endsWith('/') && segments.length > own + 1 ? '/' : ''
  const account_url = [url.origin, ...segments.slice(0, own)].join('/')
  return { kind: 'azure', account_url, container, prefix: segments.slice(own + 1).join('/') + tail }
}

/** The store of a url, its SDK loaded only now. Throws UserError for variables that are not set. */
export async function openStore(
  config: StoreConfig,
  place: StorePlace,
  context: CollectorContext,
): Promise<ObjectStore> {
  if (place.kind === 's3') {
    const { createS3Store } = await import('./s3.ts')
    return createS3Store(place.bucket, config, context.retry)
  }
  if (place.kind === 'gcs') {
    const { createGcsStore } = await import('./gcs.ts')
    return createGcsStore({ bucket: place.bucket, endpoint: config.endpoint }, context)
  }
  if (place.kind === 'azure') {
    const { createAzureBlobStore } = await import('./azure-blob.ts')
    const { account_url, container } = place
    const { tenant_id, client_id, connection_string_env, sas_env } = config
    return createAzureBlobStore(
      { account_url, container, tenant_id, client_id, connection_string_env, sas_env },
      context,
    )
  }
  if (place.kind === 'https') {
    const { createHttpsStore } = await import('./https.ts')
    return createHttpsStore({ url: config.url, authorization: authorizationOf(config, context) }, context)
  }
  const { createFolderStore } = await import('./folder.ts')
  return createFolderStore(/^file:/i.test(config.url) ? fileURLToPath(config.url) : config.url, context)
}

function authorizationOf({ authorization_env: name }: StoreConfig, context: CollectorContext): string | undefined {
  if (name === undefined) return undefined
  const value = context.env(name)
  if (value) return value
  throw new UserError(`the variable ${name} is not set`, { hint: `Set ${name} in the environment of costwright.` })
}
