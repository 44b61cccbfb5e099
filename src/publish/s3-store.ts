import { createReadStream } from 'node:fs'
import type { Readable } from 'node:stream'
import { DeleteObjectCommand, GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import { type AwsConfig, deadlineMs } from '../collectors/aws/clients.ts'
import { failureOf } from '../collectors/failure.ts'
import { withDeadline } from '../collectors/objects/deadline.ts'
import { createS3Store, s3Client } from '../collectors/objects/s3.ts'
import type { Retry } from '../collectors/retry.ts'
import { UserError } from '../errors.ts'
import type { StagedObject } from './staging.ts'
import type { PublishStore, StoredObject } from './store.ts'

export interface S3PublishConfig extends AwsConfig {
  readonly bucket: string
  /** Without slashes at its ends; empty for the whole bucket. */
  readonly prefix: string
}

const remedies: Partial<Record<ReturnType<typeof failureOf>['kind'], string>> = {
  denied:
    'Give the token or role read and write of the objects of this one bucket (R2: "Object Read & Write"); see docs/edge.md.',
  expired:
    'Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (R2: an API token of R2), or publish.profile; see docs/edge.md.',
}

/** Largest object that one request takes, by S3 and R2 alike: https://developers.cloudflare.com/r2/platform/limits (2026). */
const mostBytes = 4.9 * 2 ** 30

/**
 * A bucket of S3 or of what speaks its protocol, such as Cloudflare R2. Objects are sent with the SHA-256 that is their name, which the store
 * checks. Throws UserError for a bucket that is not there and for credentials that may not, naming the bucket and the key.
 */
export function createS3PublishStore({ bucket, prefix, ...reach }: S3PublishConfig, retry: Retry): PublishStore {
  const client = s3Client(reach)
  const objects = createS3Store(bucket, reach, retry)
  const below = prefix === '' ? '' : `${prefix}/`
  const url = (key: string) => `s3://${bucket}/${below}${key}`
  const explained = async <Result>(what: string, work: () => Promise<Result>): Promise<Result> =>
    work().catch((error: unknown) => {
      const cause = error instanceof Error ? error.cause : undefined
      const hint = cause === undefined ? undefined : remedies[failureOf(cause).kind]
      if (hint === undefined) throw error
      throw new UserError(`${what} is refused: ${failureOf(cause).message}`, { hint, cause: error })
    })
  const call = <Result>(what: string, send: (abortSignal: AbortSignal) => Promise<Result>) =>
    explained(what, () => retry(what, (signal) => withDeadline(signal, deadlineMs, send)))

  return {
    list: (start) =>
      explained(`list ${url(start)}`, async () => {
        const found: StoredObject[] = []
        for await (const { key, bytes, modified } of objects.list(`${below}${start}`))
          found.push({ key: key.slice(below.length), bytes, modified })
        return found
      }),
    read: (key) =>
      call(`read ${url(key)}`, async (abortSignal) => {
        const input = { Bucket: bucket, Key: `${below}${key}` }
        const answer = await client.send(new GetObjectCommand(input), { abortSignal }).catch(unlessAbsent)
        return answer && Buffer.from(await (answer.Body as NonNullable<typeof answer.Body>).transformToByteArray())
      }),
    async put(key, content) {
      if (typeof content !== 'string' && content.bytes > mostBytes)
        throw new UserError(`${url(key)} would hold ${content.bytes} bytes, more than one request takes`, {
          hint: 'Keep fewer months in this data folder, or serve the API from a container.',
        })
      const retried = (signal: AbortSignal) =>
        client.send(putCommand(bucket, `${below}${key}`, content), { abortSignal: signal })
      await explained(`write ${url(key)}`, () => retry(`write ${url(key)}`, retried))
    },
    async remove(keys) {
      for (const key of keys) {
        const input = { Bucket: bucket, Key: `${below}${key}` }
        await call(`remove ${url(key)}`, (abortSignal) => client.send(new DeleteObjectCommand(input), { abortSignal }))
      }
    },
    close() {
      client.destroy()
      objects.close()
    },
  }
}

function unlessAbsent(error: unknown): null {
  if (error instanceof Error && error.name === 'NoSuchKey') return null
  throw error
}

function putCommand(bucket: string, key: string, content: StagedObject | string): PutObjectCommand {
  const input = { Bucket: bucket, Key: key, ContentType: typeOf(key), CacheControl: cacheOf(key) }
  if (typeof content === 'string') return new PutObjectCommand({ ...input, Body: content })
  const body: Readable = createReadStream(content.path)
  const command = new PutObjectCommand({ ...input, Body: body, ContentLength: content.bytes })
  const digest = /([0-9a-f]{64})\.\w+$/.exec(key)?.[1]
  // A digest among the headers is signed and checked by the store, where the SDK would send a stream without one.
  if (digest !== undefined)
    command.middlewareStack.add(
      (next) => (args) => {
        const { headers } = args.request as { headers: Record<string, string> }
        headers['x-amz-content-sha256'] = digest
        return next(args)
      },
      { step: 'build' },
    )
  return command
}

const typeOf = (key: string) => (key.endsWith('.json') ? 'application/json' : 'application/vnd.apache.parquet')
const cacheOf = (key: string) =>
  key.startsWith('objects/') ? 'private, max-age=31536000, immutable' : 'private, no-cache'
