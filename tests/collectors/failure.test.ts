import { GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Failure, failureOf } from '../../src/collectors/failure.ts'
import { redact } from '../../src/collectors/redact.ts'
import type { Fault, FaultServer } from '../fakes/fault-server.ts'
import { failed, type S3Fake, startS3 } from '../fakes/s3.ts'

let s3: S3Fake & FaultServer
let client: S3Client

beforeEach(async () => {
  s3 = await startS3()
  s3.put('bills', 'a', 'hello')
  client = new S3Client({
    region: 'us-east-1',
    endpoint: s3.url,
    forcePathStyle: true,
    maxAttempts: 1,
    credentials: { accessKeyId: 'AKIAFAKEOWNKEY000001', secretAccessKey: 'planted' },
    requestHandler: { requestTimeout: 200, throwOnRequestTimeout: true },
  })
})
afterEach(async () => {
  client.destroy()
  await s3.close()
})

const failureFrom = async (call: Promise<unknown>): Promise<Failure> => {
  try {
    await call
  } catch (error) {
    return failureOf(error)
  }
  throw new Error('the call did not fail')
}

const answer = (status: number, code: string, headers = {}): Fault => ({
  kind: 'status',
  ...failed(status, code, 'message of S3'),
  headers: { 'content-type': 'application/xml', ...headers },
})

describe('what the AWS SDK throws', () => {
  test.each([
    ['busy', true, answer(503, 'SlowDown')],
    ['busy', true, answer(429, 'TooManyRequests')],
    ['busy', true, answer(400, 'RequestTimeout')],
    ['busy', true, answer(503, 'ServiceUnavailable')],
    ['broken', true, answer(500, 'InternalError')],
    ['broken', true, { kind: 'status', status: 502, body: '<html>Bad gateway</html>' }],
    ['broken', true, { kind: 'reset' }],
    ['broken', true, { kind: 'hang' }],
    ['broken', true, { kind: 'cut', after: 40 }],
    ['denied', false, answer(403, 'AccessDenied')],
    ['denied', false, answer(403, 'AllAccessDisabled')],
    ['expired', false, answer(400, 'ExpiredToken')],
    ['expired', false, answer(403, 'InvalidAccessKeyId')],
    ['expired', false, answer(403, 'SignatureDoesNotMatch')],
    ['expired', false, answer(403, 'RequestTimeTooSkewed')],
    ['gone', false, answer(404, 'NoSuchBucket')],
    ['wrong', false, answer(400, 'InvalidArgument')],
  ] as const)('is %s (repeated: %s) for %o', async (kind, retryable, fault) => {
    s3.faults.next(fault)
    const failure = await failureFrom(client.send(new ListObjectsV2Command({ Bucket: 'bills' })))
    expect(failure).toMatchObject({ kind, retryable })
  })

  test('says how long to wait when S3 says so', async () => {
    s3.faults.next(answer(503, 'SlowDown', { 'retry-after': '7' }))
    expect((await failureFrom(client.send(new ListObjectsV2Command({ Bucket: 'bills' })))).waitMs).toBe(7000)
  })

  test('is gone for a key that is not there and for another version', async () => {
    const get = (Key: string, IfMatch?: string) =>
      failureFrom(client.send(new GetObjectCommand({ Bucket: 'bills', Key, ...(IfMatch ? { IfMatch } : {}) })))
    expect((await get('b')).kind).toBe('gone')
    expect((await get('a', '"other"')).kind).toBe('gone')
  })

  test('is broken where the body of an object ends early', async () => {
    s3.faults.next({ kind: 'short', by: 2 })
    const read = async () => {
      const { Body } = await client.send(new GetObjectCommand({ Bucket: 'bills', Key: 'a' }))
      await Body?.transformToByteArray()
    }
    expect((await failureFrom(read())).kind).toBe('broken')
  })
})

describe('errors of the Google SDKs', () => {
  const apiError = (code: number, reason: string) => Object.assign(new Error('x'), { code, errors: [{ reason }] })

  test.each([
    [403, 'rateLimitExceeded', 'busy'],
    [403, 'quotaExceeded', 'busy'],
    [403, 'accessDenied', 'denied'],
    [400, 'jobInternalError', 'broken'],
    [400, 'jobBackendError', 'broken'],
    [400, 'tableUnavailable', 'broken'],
    [400, 'invalidQuery', 'wrong'],
    [404, 'notFound', 'gone'],
    [401, 'authError', 'expired'],
  ])('%i %s is %s', (code, reason, kind) => {
    expect(failureOf(apiError(code, reason)).kind).toBe(kind)
  })

  test('missing default credentials are credentials that are missing', () => {
    const error = new Error('Could not load the default credentials. Browse to https://cloud.google.com/docs')
    expect(failureOf(error)).toMatchObject({ kind: 'expired', retryable: false })
  })

  test('the body of a REST answer is read for its message', () => {
    const body = JSON.stringify({ error: { code: 403, message: 'Cloud Billing API is "off"', status: 'X' } }, null, 2)
    const error = Object.assign(new Error(body), { code: 403, status: 403 })
    expect(failureOf(error).message).toBe('403 Cloud Billing API is \\"off\\"')
  })
})

describe('redaction', () => {
  test.each([
    'https://user:planted@host/path',
    'https://bills.s3.amazonaws.com/a?X-Amz-Credential=x&X-Amz-Signature=planted',
    'AccountName=a;AccountKey=planted==;EndpointSuffix=core.windows.net',
    'Authorization: Bearer planted',
    'AWS4-HMAC-SHA256 Credential=AKIA/2026/x, SignedHeaders=host, Signature=planted',
    '{"access_token":"planted"}',
    '{"SecretAccessKey" : "planted"}',
    '<SessionToken>planted</SessionToken>',
    '<SecretAccessKey>planted</SecretAccessKey>',
    'client_secret=planted&grant_type=x',
    'sv=2024-01-01&sig=planted&se=2027',
    'aws_secret_access_key = planted',
    'aws_session_token=planted',
  ])('hides what is planted in %s', (text) => {
    expect(redact(text)).not.toContain('planted')
  })

  test('leaves names of buckets, keys and permissions', () => {
    const text =
      'User: arn:aws:iam::111111111111:user/x is not authorized to perform: s3:ListBucket on s3://bills/cur/a b.csv'
    expect(redact(text)).toBe(text)
  })
})
