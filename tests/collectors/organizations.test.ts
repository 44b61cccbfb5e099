import { afterEach, expect, test } from 'vitest'
import { createOrganizations } from '../../src/collectors/aws/organizations.ts'
import type { RowsFile } from '../../src/collectors/collector.ts'
import { sourceSchema } from '../../src/config-sources.ts'
import { type FaultServer, startServer } from '../fakes/fault-server.ts'
import { type FakeOrganization, organizationHandler } from '../fakes/organizations.ts'
import { testContext } from './context.ts'

let server: FaultServer | undefined
afterEach(() => server?.close())

async function collector(organization: Partial<FakeOrganization> = {}) {
  process.env['AWS_ACCESS_KEY_ID'] = 'AKIAFAKEFAKEFAKEFAKE'
  process.env['AWS_SECRET_ACCESS_KEY'] = 'secret'
  const whole: FakeOrganization = {
    payer: '410927463001',
    caller: '410927463001',
    alone: false,
    denied: [],
    accounts: [
      { id: '410927463001', name: 'hf-payer' },
      { id: '111122223333', name: 'web', tags: { team: 'Web' }, units: ['Workloads', 'Production'] },
      { id: '444455556666', name: 'old', status: 'SUSPENDED', units: ['Workloads'] },
    ],
    ...organization,
  }
  const handle = organizationHandler(whole)
  server = await startServer((request) => handle(request) ?? { status: 404 })
  const config = sourceSchema.parse({ name: 'names', type: 'aws_organizations', endpoint: server.url })
  if (config.type !== 'aws_organizations') throw new Error(config.type)
  const context = testContext()
  return { source: createOrganizations(config, context), context, server }
}

async function rowsOf(source: Awaited<ReturnType<typeof collector>>['source']) {
  const { deliveries } = await source.plan({ periods: null, held: new Map() })
  const file = deliveries[0]?.files[0] as RowsFile
  const rows = []
  for await (const row of file.read(new AbortController().signal)) rows.push(row)
  return rows
}

test('every account has its name, state, tags and path, over several pages', async () => {
  const { source } = await collector()
  expect(await rowsOf(source)).toEqual([
    expect.objectContaining({
      account_id: '410927463001',
      account_name: 'hf-payer',
      account_type: 'Management Account',
      parent_path: 'Root',
      tags: {},
    }),
    {
      provider: 'AWS',
      billing_account_id: '410927463001',
      account_id: '111122223333',
      account_name: 'web',
      account_type: 'Member Account',
      parent_path: 'Root/Workloads/Production',
      status: 'ACTIVE',
      tags: { team: 'Web' },
      observed_at: '2026-03-20T06:00:00.000Z',
    },
    expect.objectContaining({ account_id: '444455556666', parent_path: 'Root/Workloads', status: 'SUSPENDED' }),
  ])
})

test('the plan asks nothing; the unit is collected once a day', async () => {
  const { source, server } = await collector()
  const { deliveries } = await source.plan({ periods: null, held: new Map() })
  expect(deliveries).toMatchObject([{ unit: 'accounts', mark: '2026-03-20', period: null }])
  expect(server.requests).toEqual([])
})

test('a throttled call waits and is asked again; units shared by accounts are asked once', async () => {
  const { source, server, context } = await collector()
  server.faults.when((request) => String(request.headers['x-amz-target']).endsWith('ListTagsForResource'), {
    kind: 'status',
    status: 400,
    headers: { 'content-type': 'application/x-amz-json-1.1' },
    body: '{"__type":"TooManyRequestsException","message":"Rate exceeded"}',
  })
  expect(await rowsOf(source)).toHaveLength(3)
  expect(context.waits).toHaveLength(1)
  const asked = server.requests.filter(({ headers }) =>
    String(headers['x-amz-target']).endsWith('DescribeOrganizationalUnit'),
  )
  expect(asked).toHaveLength(2)
})

test('doctor names the permission that is missing', async () => {
  const { source } = await collector({ denied: ['ListTagsForResource'] })
  const probes = await source.probe()
  expect(probes.map(({ check, ok }) => [check, ok])).toEqual([
    ['organizations:ListAccounts', true],
    ['organizations:ListTagsForResource', false],
    ['organizations:ListParents', true],
  ])
  expect(probes[1]?.problem).toContain('organizations:ListTagsForResource is missing')
})

test('an account without an organisation is an error that says so', async () => {
  const { source } = await collector({ alone: true })
  await expect(rowsOf(source)).rejects.toThrow(/AWSOrganizationsNotInUseException/)
})
