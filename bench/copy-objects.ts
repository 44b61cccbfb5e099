import { createWriteStream, mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3'

// node bench/copy-objects.ts ENDPOINT TARGET: the yardstick, the SDK alone: lists the bucket, copies every object, four at a time.
const [endpoint = '', target = ''] = process.argv.slice(2)
const client = new S3Client({ endpoint, region: 'us-east-1', forcePathStyle: true })
const listed = await client.send(new ListObjectsV2Command({ Bucket: 'bills' }))
const keys = (listed.Contents ?? []).flatMap(({ Key }) => Key ?? [])
const queue = keys.values()
await Promise.all(
  Array.from({ length: 4 }, async () => {
    for (const key of queue) {
      const { Body } = await client.send(new GetObjectCommand({ Bucket: 'bills', Key: key }))
      const path = join(target, key)
      mkdirSync(dirname(path), { recursive: true })
      await pipeline(Body as Readable, createWriteStream(path))
    }
  }),
)
