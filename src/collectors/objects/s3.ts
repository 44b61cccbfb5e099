import type { Readable } from 'node:stream'
import {
  GetObjectCommand,
  type GetObjectCommandOutput,
  ListObjectsV2Command,
  type ListObjectsV2CommandOutput,
  S3Client,
} from '@aws-sdk/client-s3'
import { UserError } from '../../errors.ts'
import { type AwsConfig, awsClientOptions, deadlineMs } from '../aws/clients.ts'
import { Gone, type ObjectFile, type Opened } from '../collector.ts'
import { failureOf } from '../failure.ts'
import type { Retry } from '../retry.ts'
import { withDeadline } from './deadline.ts'
import type { ObjectEntry, ObjectStore } from './object-store.ts'
import { readSmall } from './read-small.ts'

/** What one level of a folder holds: objects, and folders by their full prefix with a slash at the end. */
export type Level = { readonly folder: string } | { readonly object: ObjectEntry }

export interface S3Store extends ObjectStore {
  /** Objects and folders directly below `folder` (a prefix that ends in a slash, or empty), all pages. */
  level(folder: string): AsyncIterable<Level>
  /** Throws what the SDK throws when the first byte of `key` cannot be read. */
  touch(key: string): Promise<void>
  close(): void
}

/** The SDK warns of failed uploads on the console, whoever retries them. */
const silent = { trace() {}, debug() {}, info() {}, warn() {}, error() {} }

/** A client of S3 or of what speaks its protocol; `context.retry` is its only retry loop. */
export function s3Client(config: AwsConfig): S3Client {
  return new S3Client({
    ...awsClientOptions(config),
    ...(config.endpoint === undefined ? { followRegionRedirects: true } : { forcePathStyle: true }),
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    logger: silent,
  })
}

/**
 * One bucket, read with the credentials of `config`. A bucket of another region than `config.region` is found by S3's redirect.
 * Every method throws UserError for a bucket that does not exist.
 */
export function createS3Store(bucket: string, config: AwsConfig, retry: Retry): S3Store {
  const client = s3Client(config)
  const url = `s3://${bucket}`

  async function* pages(prefix: string, delimiter?: string): AsyncGenerator<ListObjectsV2CommandOutput> {
    let token: string | undefined
    do {
      const input = {
        Bucket: bucket,
        Prefix: prefix,
        ...(delimiter === undefined ? {} : { Delimiter: delimiter }),
        ...(token === undefined ? {} : { ContinuationToken: token }),
      }
      const page = await retry(`list ${url}/${prefix}`, (signal) =>
        withDeadline(signal, deadlineMs, (abortSignal) =>
          client.send(new ListObjectsV2Command(input), { abortSignal }),
        ).catch(unlessBucketMissing),
      )
      yield page
      token = page.IsTruncated ? page.NextContinuationToken : undefined
    } while (token !== undefined)
  }

  const unlessBucketMissing = (error: unknown): never => {
    if (!(error instanceof Error) || error.name !== 'NoSuchBucket') throw error
    throw new UserError(`There is no bucket ${bucket}`, { hint: 'Check `bucket` in costwright.yaml.', cause: error })
  }

  async function open(key: string, version: string | null, from: number, signal: AbortSignal): Promise<Opened> {
    const command = new GetObjectCommand({
      Bucket: bucket,
      Key: key,
      ...(version === null ? {} : { IfMatch: `"${version}"` }),
      ...(from === 0 ? {} : { Range: `bytes=${from}-` }),
    })
    // With ChecksumMode among the input the SDK wraps the body in its own JavaScript checksum; the header alone makes S3 state one.
    if (from === 0) {
      command.middlewareStack.add(
        (next) => (args) => {
          const { headers } = args.request as { headers: Record<string, string> }
          headers['x-amz-checksum-mode'] = 'ENABLED'
          return next(args)
        },
        { step: 'build' },
      )
    }
    const output = await withDeadline(signal, deadlineMs, (abortSignal) => client.send(command, { abortSignal })).catch(
      (error: unknown) => {
        unlessGone(error, `${url}/${key}`)
        return unlessBucketMissing(error)
      },
    )
    const range = /^bytes (\d+)-\d+\/(\d+)$/.exec(output.ContentRange ?? '')
    const checksum = checksumOf(bucket, output)
    return {
      body: output.Body as Readable,
      bytes: range ? Number(range[2]) : (output.ContentLength ?? null),
      version: unquoted(output.ETag) ?? null,
      from: range ? Number(range[1]) : 0,
      ...(checksum ? { checksum } : {}),
    }
  }

  const file = (entry: ObjectEntry, name: string): ObjectFile => ({
    kind: 'object',
    name,
    bytes: entry.bytes,
    version: entry.version,
    open: (from, signal) => open(entry.key, entry.version, from, signal),
  })

  return {
    url,
    async *list(prefix) {
      for await (const page of pages(prefix)) yield* entriesOf(page)
    },
    async *level(folder) {
      for await (const page of pages(folder, '/')) {
        for (const { Prefix } of page.CommonPrefixes ?? []) if (Prefix !== undefined) yield { folder: Prefix }
        for (const object of entriesOf(page)) yield { object }
      }
    },
    file,
    read: (entry, limit) => readSmall(file(entry, entry.key), url, limit, retry),
    async touch(key) {
      await retry(`read ${url}/${key}`, async (signal) => {
        const input = { Bucket: bucket, Key: key, Range: 'bytes=0-0' }
        const { Body } = await withDeadline(signal, deadlineMs, (abortSignal) =>
          client.send(new GetObjectCommand(input), { abortSignal }),
        )
        ;(Body as Readable).destroy()
      })
    },
    close: () => client.destroy(),
  }
}

function* entriesOf(page: ListObjectsV2CommandOutput): Generator<ObjectEntry> {
  for (const { Key, Size, ETag, LastModified } of page.Contents ?? []) {
    if (Key === undefined || Size === undefined || !ETag || LastModified === undefined) continue
    yield { key: Key, bytes: Size, version: unquoted(ETag), modified: LastModified.toISOString(), md5: null }
  }
}

/** Stores differ in whether they quote an ETag in a listing. */
function unquoted<Tag extends string | undefined>(etag: Tag): Tag {
  return etag?.replaceAll('"', '') as Tag
}

function unlessGone(error: unknown, url: string): void {
  const bucketMissing = error instanceof Error && error.name === 'NoSuchBucket'
  if (failureOf(error).kind === 'gone' && !bucketMissing) {
    throw new Gone(`${url} was changed or removed since it was listed`, { cause: error })
  }
}

/**
 * What S3 states of the whole content. An ETag is its MD5 only for an object of one part that is not encrypted with a KMS or customer
 * key (https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html), and never in a directory bucket; where the answer does
 * not prove that, there is no checksum.
 */
function checksumOf(bucket: string, output: GetObjectCommandOutput): Opened['checksum'] {
  const { ChecksumSHA256, ChecksumType, ServerSideEncryption, SSECustomerAlgorithm } = output
  if (ChecksumSHA256 && ChecksumType !== 'COMPOSITE' && !ChecksumSHA256.includes('-')) {
    return { algorithm: 'sha256', base64: ChecksumSHA256 }
  }
  const etag = /^[0-9a-f]{32}$/.exec(unquoted(output.ETag) ?? '')?.[0]
  if (!etag || ServerSideEncryption !== 'AES256' || SSECustomerAlgorithm || bucket.endsWith('--x-s3')) return undefined
  return { algorithm: 'md5', base64: Buffer.from(etag, 'hex').toString('base64') }
}
