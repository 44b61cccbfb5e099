import {
  type Account,
  DescribeOrganizationalUnitCommand,
  ListAccountsCommand,
  ListParentsCommand,
  ListTagsForResourceCommand,
  OrganizationsClient,
} from '@aws-sdk/client-organizations'
import type { Collector, CollectorContext, CreateCollector, Probe, RowsFile } from '../collector.ts'
import { failureOf } from '../failure.ts'
import { withDeadline } from '../objects/deadline.ts'
import { type AwsAccount, awsAccount } from './account.ts'
import { awsClientOptions, deadlineMs } from './clients.ts'

/** A parent chain is never deeper: five levels of units below the root (AWS quota). */
const deepest = 7

/** What has been asked in one run; parents are shared by many accounts. */
interface Run {
  readonly client: OrganizationsClient
  readonly context: CollectorContext
  /** Path by id of a root or unit, as far as known. */
  readonly paths: Map<string, Promise<string>>
}

/**
 * Names, tags, state and place in the organisation of every account: one unit, `accounts`, asked once a day. Free of charge.
 *
 * AWS allows few of these calls a second, so accounts are asked one after the other; a refused call waits in the retry loop.
 */
export const createOrganizations: CreateCollector<'aws_organizations'> = (config, context): Collector => {
  const client = new OrganizationsClient(awsClientOptions(config))
  return {
    async plan() {
      const file: RowsFile = {
        kind: 'rows',
        name: 'account_names.ndjson.gz',
        rows: null,
        read: () => accountRows({ client, context, paths: new Map() }, () => awsAccount(config, context)),
      }
      const mark = context.now().toISOString().slice(0, 10)
      return {
        deliveries: [{ unit: 'accounts', mark, period: null, submitted: '', files: [file] }],
        pending: [],
        warnings: [],
      }
    },
    probe: () => probe({ client, context, paths: new Map() }),
    close: () => client.destroy(),
  }
}

async function* accountRows(run: Run, account: () => Promise<AwsAccount>) {
  const { payer } = await account()
  for await (const { Id = '', Name, Status, State } of accounts(run)) {
    yield {
      provider: 'AWS',
      billing_account_id: payer,
      account_id: Id,
      account_name: Name ?? null,
      account_type: Id === payer ? 'Management Account' : 'Member Account',
      parent_path: await pathAbove(run, Id, 0),
      status: State ?? Status ?? null,
      tags: await tagsOf(run, Id),
      observed_at: run.context.now().toISOString(),
    }
  }
}

async function* accounts({ client, context }: Run): AsyncIterable<Account> {
  for (let NextToken: string | undefined, first = true; first || NextToken; first = false) {
    const page = await context.retry('organizations:ListAccounts', (signal) =>
      withDeadline(signal, deadlineMs, (abortSignal) =>
        client.send(new ListAccountsCommand({ NextToken }), { abortSignal }),
      ),
    )
    yield* page.Accounts ?? []
    NextToken = page.NextToken
  }
}

async function tagsOf({ client, context }: Run, ResourceId: string): Promise<Record<string, string>> {
  const tags: Record<string, string> = {}
  for (let NextToken: string | undefined, first = true; first || NextToken; first = false) {
    const page = await context.retry(`organizations:ListTagsForResource ${ResourceId}`, (signal) =>
      withDeadline(signal, deadlineMs, (abortSignal) =>
        client.send(new ListTagsForResourceCommand({ ResourceId, NextToken }), { abortSignal }),
      ),
    )
    for (const { Key, Value } of page.Tags ?? []) if (Key !== undefined) tags[Key] = Value ?? ''
    NextToken = page.NextToken
  }
  return tags
}

/** `Root/Workloads/Production`: the units above an account or unit, outermost first. */
async function pathAbove(run: Run, ChildId: string, depth: number): Promise<string> {
  const { client, context, paths } = run
  const { Parents } = await context.retry(`organizations:ListParents ${ChildId}`, (signal) =>
    withDeadline(signal, deadlineMs, (abortSignal) =>
      client.send(new ListParentsCommand({ ChildId }), { abortSignal }),
    ),
  )
  const parent = Parents?.[0]
  if (!parent?.Id || depth >= deepest) return ''
  const id = parent.Id
  const path = paths.get(id) ?? (parent.Type === 'ROOT' ? Promise.resolve('Root') : unitPath(run, id, depth))
  paths.set(id, path)
  return path
}

async function unitPath(run: Run, OrganizationalUnitId: string, depth: number): Promise<string> {
  const { client, context } = run
  const { OrganizationalUnit } = await context.retry(
    `organizations:DescribeOrganizationalUnit ${OrganizationalUnitId}`,
    (signal) =>
      withDeadline(signal, deadlineMs, (abortSignal) =>
        client.send(new DescribeOrganizationalUnitCommand({ OrganizationalUnitId }), { abortSignal }),
      ),
  )
  const above = await pathAbove(run, OrganizationalUnitId, depth + 1)
  return `${above}/${OrganizationalUnit?.Name ?? OrganizationalUnitId}`
}

async function probe(run: Run): Promise<Probe[]> {
  const list = await tried('organizations:ListAccounts', async () => {
    for await (const { Id } of accounts(run)) return Id
    return undefined
  })
  const [id] = list.found ? [list.found] : []
  if (!id) return [list.probe]
  const tags = await tried('organizations:ListTagsForResource', () => tagsOf(run, id))
  const parents = await tried('organizations:ListParents', () => pathAbove(run, id, 0))
  return [list.probe, tags.probe, parents.probe]
}

async function tried<Found>(
  action: string,
  call: () => Promise<Found>,
): Promise<{ probe: Probe; found: Found | undefined }> {
  try {
    return { found: await call(), probe: { check: action, ok: true, problem: null, remedy: null } }
  } catch (error) {
    const { kind, message } = failureOf(error instanceof Error && error.cause ? error.cause : error)
    const remedy = `Allow ${action} on * to the credentials, in the management account or a delegated administrator's.`
    const problem = kind === 'denied' ? `${action} is missing: ${message}` : message
    return { found: undefined, probe: { check: action, ok: false, problem, remedy } }
  }
}
