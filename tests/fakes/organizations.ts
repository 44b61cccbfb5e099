import type { FakeRequest, Reply } from './fault-server.ts'

interface FakeAccount {
  readonly id: string
  readonly name: string
  readonly status?: 'ACTIVE' | 'SUSPENDED'
  readonly tags?: Readonly<Record<string, string>>
  /** Names of the units above it, outermost first. */
  readonly units?: readonly string[]
}

export interface FakeOrganization {
  payer: string
  /** Account that the credentials belong to. */
  caller: string
  accounts: readonly FakeAccount[]
  /** Actions that are denied: `ListTagsForResource`. */
  denied: readonly string[]
  /** The account belongs to no organisation. */
  alone: boolean
}

export const json = (body: unknown, status = 200): Reply => ({
  status,
  headers: { 'content-type': 'application/x-amz-json-1.1' },
  body: JSON.stringify(body),
})

export const awsError = (type: string, message: string, status = 400): Reply =>
  json({ __type: type, message, Message: message }, status)

const pageSize = 2

/** Speaks Organizations (JSON 1.1) and STS GetCallerIdentity (query protocol); null for other requests. */
export function organizationHandler(organization: FakeOrganization) {
  return (request: FakeRequest): Reply | null => {
    const [service, action = ''] = String(request.headers['x-amz-target'] ?? '').split('.')
    if (service === 'AWSOrganizationsV20161128') return answer(organization, action, JSON.parse(String(request.body)))
    return String(request.body).includes('Action=GetCallerIdentity') ? identity(organization) : null
  }
}

function identity({ caller }: FakeOrganization): Reply {
  return {
    headers: { 'content-type': 'text/xml' },
    body: `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><Arn>arn:aws:iam::${caller}:user/costs</Arn><UserId>AIDA</UserId><Account>${caller}</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`,
  }
}

interface Input {
  readonly NextToken?: string
  readonly ResourceId?: string
  readonly ChildId?: string
  readonly OrganizationalUnitId?: string
}

const unitId = (names: readonly string[]) => `ou-abcd-${Buffer.from(names.join('/')).toString('hex')}`
const unitNames = (id: string) => Buffer.from(id.slice('ou-abcd-'.length), 'hex').toString().split('/')

function answer(organization: FakeOrganization, action: string, input: Input): Reply {
  const { accounts, alone, denied, payer } = organization
  if (denied.includes(action))
    return awsError('AccessDeniedException', `not authorized to perform: organizations:${action}`)
  if (alone) return awsError('AWSOrganizationsNotInUseException', 'Your account is not a member of an organization.')
  switch (action) {
    case 'DescribeOrganization':
      return json({ Organization: { Id: 'o-abcdefghij', MasterAccountId: payer } })
    case 'ListAccounts': {
      const from = Number(input.NextToken ?? 0)
      const page = accounts.slice(from, from + pageSize)
      const more = from + pageSize < accounts.length
      return json({
        Accounts: page.map(({ id, name, status }) => ({ Id: id, Name: name, Status: status ?? 'ACTIVE' })),
        ...(more ? { NextToken: String(from + pageSize) } : {}),
      })
    }
    case 'ListTagsForResource': {
      const tags = accounts.find(({ id }) => id === input.ResourceId)?.tags ?? {}
      return json({ Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) })
    }
    case 'ListParents': {
      const child = input.ChildId ?? ''
      const above = child.startsWith('ou-')
        ? unitNames(child).slice(0, -1)
        : (accounts.find(({ id }) => id === child)?.units ?? [])
      const parent =
        above.length === 0 ? { Id: 'r-abcd', Type: 'ROOT' } : { Id: unitId(above), Type: 'ORGANIZATIONAL_UNIT' }
      return json({ Parents: [parent] })
    }
    case 'DescribeOrganizationalUnit': {
      const id = input.OrganizationalUnitId ?? ''
      return json({ OrganizationalUnit: { Id: id, Name: unitNames(id).at(-1) } })
    }
    default:
      return awsError('UnknownOperationException', action)
  }
}
