import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { UpstreamError } from '../../src/errors.ts'
import { putDataExport } from '../fakes/aws-bills.ts'
import type { FaultServer } from '../fakes/fault-server.ts'
import { failed, type S3Fake, startS3 } from '../fakes/s3.ts'
import { createSts, type StsFake, signerOf } from '../fakes/sts.ts'
import { awsExport } from './aws-source.ts'
import { testContext } from './context.ts'

const role = 'arn:aws:iam::999999999999:role/read-bills'
const own = 'AKIAFAKEOWNKEY000001'

let s3: S3Fake & FaultServer
let sts: StsFake

beforeEach(async () => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', own)
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'own-planted-secret-key')
  vi.stubEnv('AWS_SESSION_TOKEN', 'own-planted-session-token')
  sts = createSts()
  s3 = await startS3({ sts })
  putDataExport(s3, { month: '2026-03', files: [['1'], ['2']], id: '1' })
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await s3.close()
})

const collector = (keys: Readonly<Record<string, unknown>> = {}) =>
  awsExport(s3.url, testContext(), { prefix: 'cur/', ...keys })

const plan = (keys: Readonly<Record<string, unknown>> = {}) => collector(keys).plan({ periods: null, held: new Map() })

const failureOfPlan = async (keys: Readonly<Record<string, unknown>> = {}): Promise<Error> => {
  const end = await plan(keys).then(
    () => null,
    (error: unknown) => error,
  )
  if (!(end instanceof Error)) throw new Error('the plan did not fail')
  return end
}

/** All that an error would show, its causes included. */
function shown(error: unknown): string {
  return error instanceof Error ? `${error.message}\n${error.stack}\n${shown(error.cause)}` : String(error)
}

describe('a role', () => {
  test('is assumed with the external id, and the bucket is read with its credentials alone', async () => {
    sts.requireExternalId('tenant-7')
    s3.acceptOnly(sts.accessKeyId)
    const { deliveries } = await plan({ role_arn: role, external_id: 'tenant-7' })
    expect(deliveries).toHaveLength(1)
    expect(sts.assumed).toEqual([{ roleArn: role, externalId: 'tenant-7', sessionName: 'costwright', signedBy: own }])
    const reads = s3.requests.filter(({ method }) => method === 'GET')
    expect(new Set(reads.map(signerOf))).toEqual(new Set([sts.accessKeyId]))
    expect(reads.every(({ headers }) => headers['x-amz-security-token'] === sts.sessionToken)).toBe(true)
  })

  test('that may not be assumed fails once, naming action and role', async () => {
    sts.requireExternalId('tenant-7')
    const error = await failureOfPlan({ role_arn: role })
    expect(error).toBeInstanceOf(UpstreamError)
    expect(error.message).toContain(`not authorized to perform: sts:AssumeRole on resource: ${role}`)
    expect(sts.assumed).toHaveLength(1)
  })

  test('two sources with two roles use each its own', async () => {
    for (const name of ['payer-1', 'payer-2']) await plan({ role_arn: `arn:aws:iam::999999999999:role/${name}` })
    expect(sts.assumed.map(({ roleArn }) => roleArn.split('/')[1])).toEqual(['payer-1', 'payer-2'])
  })

  test('STS being busy is waited for', async () => {
    s3.faults.next({ kind: 'status', ...failed(503, 'Throttling', 'Rate exceeded') })
    expect((await plan({ role_arn: role })).deliveries).toHaveLength(1)
  })
})

describe('refused access', () => {
  test.each([
    ['ExpiredToken', 400],
    ['InvalidAccessKeyId', 403],
  ])('%s ends the run at the first answer', async (code) => {
    s3.refuse(code)
    const error = await failureOfPlan()
    expect(error).toMatchObject({ name: 'UpstreamError', retryable: false })
    expect(error.message).toContain(code)
    expect(s3.requests).toHaveLength(1)
  })

  test('no credentials at all say so, and nothing is sent', async () => {
    vi.unstubAllEnvs()
    for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_PROFILE']) vi.stubEnv(name, '')
    vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true')
    vi.stubEnv('AWS_CONFIG_FILE', '/nowhere')
    vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', '/nowhere')
    const error = await failureOfPlan()
    expect(error).toMatchObject({ name: 'UpstreamError', retryable: false })
    expect(error.message).toMatch(/CredentialsProviderError/)
    expect(s3.requests).toHaveLength(0)
  })

  test('no secret appears in an error, whatever S3 repeats of the request', async () => {
    const planted = [
      'own-planted-secret-key',
      'own-planted-session-token',
      sts.secretAccessKey,
      sts.sessionToken,
      'deadbeefsignature',
    ]
    const repeating = `AWS4-HMAC-SHA256 Credential=${own}/20260320/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=deadbeefsignature token x-amz-security-token=own-planted-session-token https://bills.s3.amazonaws.com/cur?X-Amz-Signature=deadbeefsignature`
    for (const [status, code] of [
      [403, 'SignatureDoesNotMatch'],
      [400, 'ExpiredToken'],
      [503, 'SlowDown'],
      [500, 'InternalError'],
    ] as const) {
      s3.faults.when(() => true, { kind: 'status', ...failed(status, code, repeating) }, 7)
      const { message } = await failureOfPlan()
      for (const secret of [...planted, own]) expect(message).not.toContain(secret)
      expect(message).toContain(code)
      s3.faults.clear()
    }
    s3.acceptOnly('another')
    for (const secret of planted) expect(shown(await failureOfPlan({ role_arn: role }))).not.toContain(secret)
  })
})

describe('doctor', () => {
  test('asks for everything that a collection needs, by reading', async () => {
    const probes = await collector({ role_arn: role }).probe()
    expect(probes).toEqual([
      { check: 'ask STS who is calling', ok: true, problem: null, remedy: null },
      { check: 'list s3://bills/cur/', ok: true, problem: null, remedy: null },
      expect.objectContaining({ check: expect.stringContaining('daily-Manifest.json'), ok: true }),
      expect.objectContaining({ check: expect.stringContaining('daily-00001.csv.gz'), ok: true }),
    ])
    expect(s3.requests.at(-1)?.headers.range).toBe('bytes=0-0')
  })

  test.each([
    ['ListBucket', '', 's3:ListBucket on arn:aws:s3:::bills is missing'],
    ['GetObject', 'cur/daily/metadata', 's3:GetObject on arn:aws:s3:::bills/cur/* is missing'],
    ['GetObject', 'cur/daily/data', 's3:GetObject on arn:aws:s3:::bills/cur/* is missing'],
  ] as const)('names the missing permission: %s below %s', async (action, below, problem) => {
    s3.deny(action, below)
    const last = (await collector().probe()).at(-1)
    expect(last).toMatchObject({ ok: false, problem: expect.stringContaining(problem) })
    expect(last?.remedy).toMatch(/IAM policy/)
  })

  test('names the key when KMS refuses, and the partition of the region', async () => {
    const key = 'arn:aws:kms:us-east-1:111111111111:key/1'
    s3.deny(
      'GetObject',
      'cur/daily/data',
      `User: x is not authorized to perform: kms:Decrypt on resource: ${key} because …`,
    )
    expect((await collector().probe()).at(-1)?.problem).toContain(`kms:Decrypt on ${key} is missing`)
    s3.deny('ListBucket')
    expect((await collector({ region: 'cn-north-1' }).probe()).at(-1)?.problem).toContain('arn:aws-cn:s3:::bills')
  })

  test('names the role that may not be assumed, the bucket that does not exist, expired credentials', async () => {
    sts.requireExternalId('tenant-7')
    expect((await collector({ role_arn: role }).probe()).at(-1)).toMatchObject({
      ok: false,
      problem: expect.stringContaining(`sts:AssumeRole on ${role} is missing`),
      remedy: expect.stringContaining('trust policy'),
    })
    expect((await collector({ bucket: 'bils' }).probe()).at(-1)?.problem).toContain('There is no bucket bils')
    s3.refuse('ExpiredToken')
    expect((await collector().probe()).at(-1)).toMatchObject({ ok: false, remedy: expect.stringContaining('Renew') })
  })

  test('tells when there is no manifest', async () => {
    expect((await collector({ prefix: 'elsewhere' }).probe()).at(-1)).toMatchObject({
      ok: false,
      problem: 'there is no manifest of a Cost and Usage Report or a Data Export',
    })
  })
})
