import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { CollectorContext } from '../../src/collectors/collector.ts'
import { createS3Store } from '../../src/collectors/objects/s3.ts'
import { UserError } from '../../src/errors.ts'
import { failed, startS3 } from '../fakes/s3.ts'
import { testContext } from './context.ts'
import { objectStoreContract } from './object-store.ts'

beforeAll(() => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIAFAKEOWNKEY000001')
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'own-planted-secret-key')
})
afterAll(() => {
  vi.unstubAllEnvs()
})

const open = (s3: { url: string }, bucket = 'bills', context: CollectorContext = testContext()) =>
  createS3Store(bucket, { region: 'us-east-1', endpoint: s3.url }, context.retry)

objectStoreContract('S3', async () => {
  const s3 = await startS3({ pageSize: 2 })
  return {
    store: (context) => open(s3, 'bills', context),
    put: async (key, content) => s3.put('bills', key, content),
    remove: async (key) => s3.remove('bills', key),
    busyOnce: () => s3.faults.next({ kind: 'status', ...failed(503, 'SlowDown', 'Please reduce your request rate.') }),
    cutOnce: (bytes) => s3.faults.next({ kind: 'cut', after: bytes }),
    close: s3.close,
  }
})

describe('an S3 bucket', () => {
  test('shows one level of a folder without the objects below it', async () => {
    const s3 = await startS3({ pageSize: 2 })
    for (const key of ['a/1', 'a/b/1', 'a/b/2', 'a/c/1', 'a/d', 'e']) s3.put('bills', key, key)
    const shown: string[] = []
    for await (const one of open(s3).level('a/')) shown.push('folder' in one ? one.folder : one.object.key)
    expect(shown.sort()).toEqual(['a/1', 'a/b/', 'a/c/', 'a/d'])
    expect(s3.requests).toHaveLength(2)
    await s3.close()
  })

  test('that does not exist is an error of the configuration', async () => {
    const s3 = await startS3()
    const listing = open(s3, 'bils').list('')[Symbol.asyncIterator]()
    await expect(listing.next()).rejects.toThrow(UserError)
    await s3.close()
  })

  test.each([
    ['SSE-S3, one part', { 'x-amz-server-side-encryption': 'AES256' }, undefined, 'md5'],
    [
      'SSE-KMS: the ETag is 32 hexadecimal digits and no MD5',
      { 'x-amz-server-side-encryption': 'aws:kms' },
      undefined,
      null,
    ],
    ['several parts', { 'x-amz-server-side-encryption': 'AES256' }, `${'0'.repeat(32)}-3`, null],
    ['encryption not stated', {}, undefined, null],
    [
      'SHA-256 of the whole',
      { 'x-amz-checksum-sha256': 'abc=', 'x-amz-checksum-type': 'FULL_OBJECT' },
      undefined,
      'sha256',
    ],
    [
      'SHA-256 of the parts',
      { 'x-amz-checksum-sha256': 'abc=-3', 'x-amz-checksum-type': 'COMPOSITE' },
      undefined,
      null,
    ],
  ])('states a checksum only where it is one of the content: %s', async (_, headers, etag, algorithm) => {
    const s3 = await startS3()
    s3.put('bills', 'a', 'hello', { headers, ...(etag ? { etag } : {}) })
    const store = open(s3)
    for await (const entry of store.list('')) {
      const { body, checksum } = await store.file(entry, 'a').open(0, new AbortController().signal)
      expect(checksum?.algorithm ?? null).toBe(algorithm)
      if (algorithm === 'md5') expect(checksum?.base64).toBe('XUFAKrxLKna5cZ2REBfFkg==')
      for await (const chunk of body) expect(String(chunk)).toBe('hello')
    }
    await s3.close()
  })
})
