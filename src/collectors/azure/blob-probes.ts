import { UpstreamError, UserError } from '../../errors.ts'
import type { Probe } from '../collector.ts'
import { failureOf } from '../failure.ts'
import type { AzureBlobConfig } from '../objects/azure-blob.ts'
import type { ObjectEntry, ObjectStore } from '../objects/object-store.ts'

type Answer = Pick<Probe, 'problem' | 'remedy'>

/** What Blob storage says when it refuses, and what that means: https://learn.microsoft.com/rest/api/storageservices/blob-service-error-codes (2026). */
const problems: readonly {
  readonly says: RegExp
  readonly answer: (at: { account: string; host: string; scope: string; sas: boolean }) => Answer
}[] = [
  {
    says: /AuthorizationPermissionMismatch/,
    answer: ({ scope, sas }) =>
      sas
        ? { problem: 'the SAS lacks the permissions Read and List', remedy: 'Make a SAS with sp=rl for the container.' }
        : {
            problem: `role Storage Blob Data Reader is missing on ${scope}`,
            remedy: `az role assignment create --role "Storage Blob Data Reader" --assignee PRINCIPAL --scope ${scope}; it takes some minutes to work`,
          },
  },
  {
    says: /Authorization(Service|ResourceType)Mismatch/,
    answer: () => ({
      problem: 'the SAS is not for containers and blobs of the Blob service',
      remedy: 'Make an account SAS with ss=b and srt=co, or a SAS of the container.',
    }),
  },
  {
    says: /AuthorizationFailure|AuthorizationSourceIPMismatch|PublicAccessNotPermitted|ConditionalAccess/,
    answer: ({ account }) => ({
      problem: `the firewall of storage account ${account} refuses this machine (public network access, or the address range of the SAS)`,
      remedy: `Allow this machine's address or network under Networking of ${account}, or run costwright behind its private endpoint.`,
    }),
  },
  {
    says: /KeyBasedAuthenticationNotPermitted/,
    answer: ({ account, scope }) => ({
      problem: `storage account ${account} does not allow account keys`,
      remedy: `Leave connection_string_env and sas_env out and give the role Storage Blob Data Reader on ${scope}.`,
    }),
  },
  {
    says: /AuthenticationFailed|SignatureDoesNotMatch/,
    answer: ({ sas }) => ({
      problem: sas
        ? 'the SAS has expired or its signature is wrong'
        : 'the account key or token is wrong or has expired',
      remedy: 'Renew it; check the clock of this machine, which may differ by at most 15 minutes.',
    }),
  },
  {
    says: /CredentialUnavailable|AggregateAuthentication|AuthenticationRequired|NoAuthenticationInformation|InvalidAuthenticationInfo|\b401\b/,
    answer: ({ account }) => ({
      problem: `no Azure credential that storage account ${account} accepts (not found, expired, or of another tenant)`,
      remedy:
        'Run az login, give a managed identity, or set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET; check tenant_id.',
    }),
  },
  {
    says: /ENOTFOUND|EAI_AGAIN/,
    answer: ({ host }) => ({
      problem: `no storage account answers to the name ${host} (DNS)`,
      remedy:
        'Check account_url for typing errors; with a private endpoint, check the DNS zone privatelink.blob.core.windows.net.',
    }),
  },
  {
    says: /AccountIsDisabled/,
    answer: ({ account }) => ({
      problem: `storage account ${account} is disabled`,
      remedy: 'Enable its subscription.',
    }),
  },
]

/** What a refused call means and how to mend it: role and scope by name. */
export function blobProblem(error: unknown, url: string, config: AzureBlobConfig): Answer {
  if (error instanceof UserError) return { problem: error.message, remedy: error.hint ?? null }
  const cause = error instanceof UpstreamError && error.cause !== undefined ? error.cause : error
  const failure = failureOf(cause)
  const { hostname, pathname } = new URL(url)
  const account =
    hostname.endsWith('.net') || hostname.includes('.blob.')
      ? (hostname.split('.')[0] ?? hostname)
      : (pathname.split('/')[1] ?? hostname)
  const scope = `/subscriptions/SUBSCRIPTION/resourceGroups/GROUP/providers/Microsoft.Storage/storageAccounts/${account}/blobServices/default/containers/${config.container}`
  const found = problems.find(({ says }) => says.test(failure.message))
  if (found) return found.answer({ account, host: hostname, scope, sas: config.sas_env !== undefined })
  return { problem: failure.message, remedy: null }
}

/** Lists the container and reads one manifest: all that a collection needs (role Storage Blob Data Reader). */
export async function probeContainer(
  store: ObjectStore,
  config: AzureBlobConfig & { readonly prefix: string },
): Promise<readonly Probe[]> {
  const attempt = async (check: string, call: () => Promise<Answer | null>): Promise<Probe> => {
    const answer = await call().catch((error: unknown) => blobProblem(error, store.url, config))
    return { check, ok: answer === null, problem: answer?.problem ?? null, remedy: answer?.remedy ?? null }
  }
  const found: { any: boolean; export: ObjectEntry | null } = { any: false, export: null }
  const listing = await attempt(`list ${store.url}/${config.prefix}`, async () => {
    for await (const entry of store.list(config.prefix)) {
      found.any = true
      if (!/(^|\/)manifest\.json$|\.csv(\.gz)?$/i.test(entry.key)) continue
      found.export = entry
      break
    }
    return null
  })
  if (!listing.ok) return [listing]
  if (!found.export) {
    return [
      listing,
      {
        check: `find an export below ${store.url}/${config.prefix}`,
        ok: false,
        problem: found.any ? 'there is no manifest.json of an export' : 'there is nothing',
        remedy: 'Check prefix; a new export writes its first files within a day, or at once with Run now.',
      },
    ]
  }
  const { export: entry } = found
  const reading = await attempt(`read ${store.url}/${entry.key}`, async () => {
    const opened = await store.file(entry, entry.key).open(0, AbortSignal.timeout(60_000))
    opened.body.destroy()
    return null
  })
  return [listing, reading]
}
