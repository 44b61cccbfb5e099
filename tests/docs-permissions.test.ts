import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { codeBlocks } from './support/markdown.ts'

const root = resolve(import.meta.dirname, '..')
const read = (path: string) => readFileSync(join(root, path), 'utf8')
const readme = read('README.md')
const exports = read('docs/exports.md')

/** Contents of the collectors' files, by path. */
const sources = new Map(
  readdirSync(join(root, 'src/collectors'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => [name, read(`src/collectors/${name}`)] as const),
)
const unique = (texts: Iterable<string>) => [...new Set(texts)].sort()
const matches = (pattern: RegExp, within: string) => [...within.matchAll(pattern)].map(([, found]) => found ?? '')

describe('the policy for AWS', () => {
  const services = {
    '@aws-sdk/client-s3': 's3',
    '@aws-sdk/client-cost-explorer': 'ce',
    '@aws-sdk/client-organizations': 'organizations',
    '@aws-sdk/client-sts': 'sts',
  } as const
  /** Operations whose permission has another name; null where AWS asks for none. */
  const renamed: Readonly<Record<string, string | null>> = {
    // https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
    's3:ListObjectsV2': 's3:ListBucket',
    // https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
    'sts:GetCallerIdentity': null,
  }
  const called = unique(
    [...sources.values()].flatMap((text) =>
      [...text.matchAll(/import \{([^}]*)\} from '(@aws-sdk\/client-[\w-]+)'/g)].flatMap(([, names = '', sdk = '']) =>
        matches(/\b(?<!type )(\w+)Command\b(?!Input|Output)/g, names).flatMap((operation) => {
          const action = `${services[sdk as keyof typeof services]}:${operation}`
          return action in renamed ? (renamed[action] ?? []) : [action]
        }),
      ),
    ),
  )
  const [policy = '{}'] = codeBlocks(readme, 'json')
  const { Statement } = JSON.parse(policy) as {
    Statement: readonly { Effect: string; Action: string | string[]; Resource: string }[]
  }

  test('allows exactly what the collectors call', () => {
    expect(called.length).toBeGreaterThan(15)
    expect(Statement.flatMap(({ Action }) => Action).sort()).toEqual(called)
    expect(Statement.every(({ Effect }) => Effect === 'Allow')).toBe(true)
  })

  test('allows on everything only what knows no resources', () => {
    const wide = Statement.filter(({ Resource }) => Resource === '*').flatMap(({ Action }) => Action)
    expect(unique(wide.map((action) => action.split(':')[0] ?? ''))).toEqual(['ce', 'organizations'])
  })

  test('has each action in the table of docs/exports.md, and no other', () => {
    const named = unique(matches(/`((?:s3|ce|organizations|kms|sts):[A-Z]\w+)`/g, exports))
    const beside = ['kms:Decrypt', 'sts:AssumeRole', 'sts:GetCallerIdentity']
    expect(named.filter((action) => !beside.includes(action))).toEqual(called)
    expect(named).toEqual(expect.arrayContaining(beside))
  })
})

test('every role of Google that a remedy names is documented, and given in the README by a command', () => {
  const roles = unique([...sources.values()].flatMap((text) => matches(/(roles\/[\w.]+\w)/g, text)))
  expect(roles).toEqual([
    'roles/bigquery.dataViewer',
    'roles/bigquery.jobUser',
    'roles/billing.viewer',
    'roles/storage.objectViewer',
  ])
  for (const role of roles) expect(exports).toContain(role)
  const commands = codeBlocks(readme, 'sh').join('\n')
  for (const role of roles.filter((one) => !one.includes('storage'))) expect(commands).toContain(role)
})

test('every API of Google that is called is switched on by a command of the README', () => {
  const apis = unique([...sources.values()].flatMap((text) => matches(/'(cloudbilling|billingbudgets)'/g, text)))
  for (const api of [...apis, 'bigquery']) {
    expect(exports).toContain(`${api}.googleapis.com`)
    expect(codeBlocks(readme, 'sh').join('\n')).toContain(`${api}.googleapis.com`)
  }
  expect(apis).toHaveLength(2)
})

test('every role of Azure that a remedy names is documented', () => {
  const azure = [...sources].filter(([name]) => name.startsWith('azure/')).map(([, text]) => text)
  const pattern =
    /\b((?:Storage Blob Data|Cost Management|Savings plan|Reservations) Reader|(?:Billing (?:account|profile)|Enrollment) reader)\b/g
  const roles = unique(azure.flatMap((text) => matches(pattern, text)))
  expect(roles.length).toBe(7)
  for (const role of roles) expect(exports).toContain(role)
  for (const role of ['Storage Blob Data Reader', 'Cost Management Reader'])
    expect(codeBlocks(readme, 'sh').join('\n')).toContain(`--role "${role}"`)
})

test('the docs say that no permission was tried on a live account', () => {
  expect(readme).toMatch(/never tried on a live account/i)
  expect(exports).toMatch(/none of this was run against a live account/)
})
