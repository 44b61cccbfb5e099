import type { FakeRequest, Handler, Reply } from './fault-server.ts'

export interface AssumedRole {
  readonly roleArn: string
  readonly externalId: string | null
  readonly sessionName: string
  /** Access key with which the call was signed. */
  readonly signedBy: string | null
}

/** STS as far as AWS SDK clients use it: GetCallerIdentity and AssumeRole, in the Query protocol. */
export interface StsFake {
  readonly handler: Handler
  readonly assumed: AssumedRole[]
  /** Access key of the credentials that AssumeRole hands out. */
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken: string
  /** AssumeRole is refused unless this external id is sent. */
  requireExternalId(id: string): void
  /** These actions answer AccessDenied. */
  deny(action: 'AssumeRole' | 'GetCallerIdentity'): void
}

export function createSts(account = '111111111111'): StsFake {
  const assumed: AssumedRole[] = []
  const denied = new Set<string>()
  let wanted: string | null = null
  const issued = {
    accessKeyId: 'ASIAFAKEASSUMEDROLE1',
    secretAccessKey: 'assumed-planted-secret-key',
    sessionToken: 'assumed-planted-session-token',
  }
  const assume = (form: URLSearchParams, signedBy: string | null): Reply => {
    const call = {
      roleArn: form.get('RoleArn') ?? '',
      externalId: form.get('ExternalId'),
      sessionName: form.get('RoleSessionName') ?? '',
      signedBy,
    }
    assumed.push(call)
    if (denied.has('AssumeRole') || (wanted !== null && call.externalId !== wanted)) {
      return refused(
        `User: arn:aws:iam::${account}:user/finops is not authorized to perform: sts:AssumeRole on resource: ${call.roleArn}`,
      )
    }
    return answer(
      'AssumeRole',
      `<Credentials><AccessKeyId>${issued.accessKeyId}</AccessKeyId><SecretAccessKey>${issued.secretAccessKey}</SecretAccessKey>` +
        `<SessionToken>${issued.sessionToken}</SessionToken><Expiration>2999-01-01T00:00:00Z</Expiration></Credentials>` +
        `<AssumedRoleUser><AssumedRoleId>AROA1:costwright</AssumedRoleId><Arn>${call.roleArn}/costwright</Arn></AssumedRoleUser>`,
    )
  }
  return {
    ...issued,
    assumed,
    requireExternalId(id) {
      wanted = id
    },
    deny(action) {
      denied.add(action)
    },
    handler(request) {
      const form = new URLSearchParams(request.body.toString('utf8'))
      const action = form.get('Action')
      if (action === 'AssumeRole') return assume(form, signerOf(request))
      if (action === 'GetCallerIdentity' && !denied.has(action)) {
        const arn = `arn:aws:iam::${account}:user/finops`
        return answer(action, `<Arn>${arn}</Arn><UserId>AIDA1</UserId><Account>${account}</Account>`)
      }
      return refused(`not authorized to perform: sts:${action}`)
    },
  }
}

/** Whether a request to a shared endpoint is one for STS. */
export const isSts = (request: FakeRequest): boolean =>
  request.method === 'POST' && /(^|&)Action=(AssumeRole|GetCallerIdentity)(&|$)/.test(request.body.toString('utf8'))

/** Access key id in the signature of a request. */
export function signerOf(request: FakeRequest): string | null {
  return /Credential=([^/]+)\//.exec(request.headers.authorization ?? '')?.[1] ?? null
}

const xmlns = 'https://sts.amazonaws.com/doc/2011-06-15/'

function answer(action: string, result: string): Reply {
  return {
    headers: { 'content-type': 'text/xml' },
    body: `<${action}Response xmlns="${xmlns}"><${action}Result>${result}</${action}Result><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></${action}Response>`,
  }
}

function refused(message: string): Reply {
  return {
    status: 403,
    headers: { 'content-type': 'text/xml' },
    body: `<ErrorResponse xmlns="${xmlns}"><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>${message}</Message></Error><RequestId>r</RequestId></ErrorResponse>`,
  }
}
