import { DescribeOrganizationCommand, OrganizationsClient } from '@aws-sdk/client-organizations'
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import type { CollectorContext } from '../collector.ts'
import { failureOf } from '../failure.ts'
import { withDeadline } from '../objects/deadline.ts'
import { type AwsConfig, awsClientOptions, deadlineMs } from './clients.ts'

/** Whose credentials these are, and which account pays. */
export interface AwsAccount {
  readonly caller: string
  /** The caller where Organizations is not used, or may not be asked. */
  readonly payer: string
  /** What of it could not be found out, in words; else null. */
  readonly doubt: string | null
}

/** Asks STS and Organizations, both free of charge. Throws UpstreamError when the credentials do not work. */
export async function awsAccount(config: AwsConfig, context: CollectorContext): Promise<AwsAccount> {
  const sts = new STSClient(awsClientOptions(config))
  const organizations = new OrganizationsClient(awsClientOptions(config))
  try {
    const caller = await context.retry('sts:GetCallerIdentity', async (signal) => {
      const { Account } = await withDeadline(signal, deadlineMs, (abortSignal) =>
        sts.send(new GetCallerIdentityCommand({}), { abortSignal }),
      )
      return Account ?? 'unknown'
    })
    const payer = await context.retry('organizations:DescribeOrganization', async (signal) => {
      try {
        const { Organization } = await withDeadline(signal, deadlineMs, (abortSignal) =>
          organizations.send(new DescribeOrganizationCommand({}), { abortSignal }),
        )
        return Organization?.MasterAccountId ?? caller
      } catch (error) {
        if (error instanceof Error && error.name === 'AWSOrganizationsNotInUseException') return caller
        if (failureOf(error).kind === 'denied') return null
        throw error
      }
    })
    return {
      caller,
      payer: payer ?? caller,
      doubt:
        payer === null
          ? `organizations:DescribeOrganization is denied: account ${caller} is taken for the one that pays`
          : null,
    }
  } finally {
    sts.destroy()
    organizations.destroy()
  }
}
