import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { UpstreamError } from '../../errors.ts'
import { keySpellings, readManifest } from '../../lake/manifests.ts'
import type { CollectorContext, Probe } from '../collector.ts'
import { type Failure, failureOf } from '../failure.ts'
import { withDeadline } from '../objects/deadline.ts'
import type { ObjectEntry } from '../objects/object-store.ts'
import type { S3Store } from '../objects/s3.ts'
import { type AwsConfig, awsClientOptions, deadlineMs, partitionOf } from './clients.ts'
import { findExports, manifestsOf } from './layout.ts'

type Config = AwsConfig & { readonly bucket: string; readonly prefix: string }

/** Who calls, whether exports can be listed, and whether a manifest and a data file can be read; ends at the first that fails. */
export async function probeExports(
  store: S3Store,
  config: Config,
  context: CollectorContext,
): Promise<readonly Probe[]> {
  const bucket = `arn:${partitionOf(config.region)}:s3:::${config.bucket}`
  const probes: Probe[] = []
  const ask = async <Answer>(check: string, missing: string, call: () => Promise<Answer>): Promise<Answer | null> => {
    const [probe, answer] = await tried(check, missing, call)
    probes.push(probe)
    return answer
  }
  // Stores that only speak S3 have no STS.
  if (config.endpoint === undefined || config.role_arn !== undefined) {
    const who = await ask('ask STS who is calling', 'sts:GetCallerIdentity', () => callerOf(config, context))
    if (who === null) return probes
  }
  const below = `${store.url}/${config.prefix}`
  const found = await ask(`list ${below}`, `s3:ListBucket on ${bucket}`, () => newestManifest(store, config.prefix))
  if (found === null) return probes
  if (found.manifest === null) return [...probes, nothingFound(below)]
  const { key } = found.manifest
  const objects = `${bucket}/${config.prefix}*`
  const content = await ask(`read ${store.url}/${key}`, `s3:GetObject on ${objects}`, () =>
    store.read(found.manifest as ObjectEntry, 64 << 20),
  )
  if (content === null) return probes
  const data = firstListed(key, content)
  if (data) await ask(`read ${store.url}/${data}`, `s3:GetObject on ${objects}`, () => store.touch(data))
  return probes
}

async function callerOf(config: Config, { retry }: CollectorContext): Promise<string | undefined> {
  const client = new STSClient(awsClientOptions(config))
  try {
    const { Arn } = await retry('ask STS who is calling', (signal) =>
      withDeadline(signal, deadlineMs, (abortSignal) => client.send(new GetCallerIdentityCommand({}), { abortSignal })),
    )
    return Arn
  } finally {
    client.destroy()
  }
}

async function newestManifest(store: S3Store, prefix: string): Promise<{ manifest: ObjectEntry | null }> {
  const periods = await findExports(store, prefix)
  for (const one of periods.toSorted((a, b) => (a.period < b.period ? 1 : -1))) {
    const manifest = (await manifestsOf(store, one)).at(-1)
    if (manifest) return { manifest }
  }
  return { manifest: null }
}

function firstListed(key: string, content: Buffer): string | undefined {
  const text = content.toString('utf8').trim()
  // A manifest that is being written says nothing about permissions.
  const listed = text.endsWith('}') ? readManifest(key, JSON.parse(text))?.keys[0] : undefined
  return listed && keySpellings(listed.key).at(-1)
}

function nothingFound(below: string): Probe {
  return {
    check: `find a manifest below ${below}`,
    ok: false,
    problem: 'there is no manifest of a Cost and Usage Report or a Data Export',
    remedy: 'Check `bucket` and `prefix`; the first delivery of a new export takes up to a day.',
  }
}

/** One line of doctor, and the answer; a refused call is a line that is not ok. */
async function tried<Answer>(
  check: string,
  missing: string,
  call: () => Promise<Answer>,
): Promise<[Probe, Answer | null]> {
  try {
    const answer = await call()
    return [{ check, ok: true, problem: null, remedy: null }, answer]
  } catch (error) {
    const failure = failureOf(error instanceof UpstreamError ? error.cause : error)
    return [{ check, ok: false, ...explained(failure, missing) }, null]
  }
}

function explained({ kind, message }: Failure, missing: string): Pick<Probe, 'problem' | 'remedy'> {
  const named = /not authorized to perform: ((?:sts|kms):\w+)(?: on resource: "?([^\s"]+))?/.exec(message)
  if (named) {
    const [, action, resource] = named
    const on = resource ? ` on ${resource}` : ''
    return {
      problem: `${action}${on} is missing: ${message}`,
      remedy: remedies[action as keyof typeof remedies] ?? grant,
    }
  }
  if (kind === 'denied') return { problem: `${missing} is missing: ${message}`, remedy: grant }
  if (kind === 'expired')
    return { problem: message, remedy: 'Renew the credentials (`aws sso login`, `aws configure`).' }
  return { problem: message, remedy: null }
}

const grant = 'Allow it in an IAM policy of the caller, and in the bucket policy when the bucket is of another account.'
const remedies = {
  'sts:AssumeRole':
    'Allow it to the caller, and trust the caller (with `external_id`) in the trust policy of the role.',
  'kms:Decrypt': 'Allow it to the caller, in the policy of the KMS key too: the objects are encrypted with it.',
} as const
