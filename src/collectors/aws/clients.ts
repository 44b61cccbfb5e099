import { fromNodeProviderChain, fromTemporaryCredentials } from '@aws-sdk/credential-providers'

/** Keys of a source that say how AWS is reached; `config-sources.ts` describes them. */
export interface AwsConfig {
  readonly profile?: string | undefined
  readonly role_arn?: string | undefined
  readonly external_id?: string | undefined
  readonly region: string
  readonly endpoint?: string | undefined
}

/** A server that accepts and says nothing would hold a run for ever: the SDK has no time limits of its own. */
const patience = {
  connectionTimeout: 10_000,
  requestTimeout: 120_000,
  throwOnRequestTimeout: true,
  socketTimeout: 120_000,
} as const

/**
 * Options for the constructor of any AWS SDK client: credentials of the SDK's default chain (or of `profile`), with which `role_arn`
 * is assumed when it is set; `endpoint` serves STS too. The SDK's retries are off: `context.retry` is the only loop.
 */
export function awsClientOptions(config: AwsConfig) {
  const { profile, role_arn, external_id, region, endpoint } = config
  const reach = { region, maxAttempts: 1, requestHandler: patience, ...(endpoint === undefined ? {} : { endpoint }) }
  const own = fromNodeProviderChain({ clientConfig: reach, ...(profile === undefined ? {} : { profile }) })
  const assumed =
    role_arn &&
    fromTemporaryCredentials({
      masterCredentials: own,
      params: {
        RoleArn: role_arn,
        RoleSessionName: 'costwright',
        ...(external_id === undefined ? {} : { ExternalId: external_id }),
      },
      clientConfig: reach,
    })
  return { ...reach, credentials: assumed || own }
}

/** `aws`, `aws-cn` or `aws-us-gov`: the second part of an ARN in `region`. */
export function partitionOf(region: string): string {
  if (region.startsWith('cn-')) return 'aws-cn'
  return region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws'
}

/** A call without an answer after so long is given up and repeated: the SDK can wait for ever for the rest of a broken answer. */
export const deadlineMs = 60_000
