import { UpstreamError, UserError } from '../errors.ts'
import { Gone } from './collector.ts'
import { redact } from './redact.ts'

/**
 * What became of a call. `gone`: not there, or another version; `ours`: the error is costwright's own and passes as it is;
 * `denied`: access refused; `expired`: credentials missing or run out; `busy`: throttled; `broken`: network or server; `wrong`: the
 * request itself.
 */
export interface Failure {
  readonly kind: 'gone' | 'ours' | 'denied' | 'expired' | 'busy' | 'broken' | 'wrong'
  readonly retryable: boolean
  /** How long the provider asks to wait; null when it does not say. */
  readonly waitMs: number | null
  readonly status: number | null
  /** Without secrets: safe to print. */
  readonly message: string
}

/** Reads an error of the AWS, Azure and Google SDKs, of fetch and of Node's network. */
export function failureOf(error: unknown): Failure {
  if (error instanceof Gone) return plain('gone', error)
  if (error instanceof UserError || error instanceof UpstreamError) return plain('ours', error)
  const status = statusOf(error)
  const code = codeOf(error)
  const kind = kindOfWords(String(error)) ?? kindOf(status, code)
  return {
    kind,
    retryable: kind === 'busy' || kind === 'broken',
    waitMs: kind === 'busy' || kind === 'broken' ? askedWait(headersOf(error)) : null,
    status,
    message: redact(describe(error, status, code)),
  }
}

function plain(kind: 'gone' | 'ours', error: Error): Failure {
  return { kind, retryable: false, waitMs: null, status: null, message: redact(error.message) }
}

type Loose = Readonly<Record<string, unknown>>

const asLoose = (value: unknown): Loose => (typeof value === 'object' && value !== null ? (value as Loose) : {})

function statusOf(error: unknown): number | null {
  const { $metadata, statusCode, status, code, response } = asLoose(error)
  const candidates = [asLoose($metadata)['httpStatusCode'], statusCode, status, asLoose(response)['status'], code]
  for (const candidate of candidates) {
    const number = typeof candidate === 'string' ? Number(candidate) : candidate
    if (typeof number === 'number' && number >= 100 && number < 600) return number
  }
  return null
}

function codeOf(error: unknown): string {
  const loose = asLoose(error)
  const google = Array.isArray(loose['errors']) ? asLoose(loose['errors'][0])['reason'] : undefined
  const named = [google, loose['code'], asLoose(loose['cause'])['code'], loose['name']]
  return named.filter((one) => typeof one === 'string').join(' ')
}

const busy =
  /throttl|slowdown|limitexceeded|toomanyrequests|ratelimit|quotaexceeded|resource_exhausted|requesttimeout|serverbusy/i
const denied =
  /accessdenied|forbidden|unauthorizedoperation|authorizationfailed|permission_denied|authorizationpermissionmismatch|accessnotgranted/i
const expired =
  /expiredtoken|tokenrefreshrequired|credentialsprovidererror|invalidclienttokenid|unrecognizedclient|invalidaccesskeyid|signaturedoesnotmatch|credentialunavailable|authenticationrequired|authenticationfailed|unauthenticated|aggregateauthenticationerror|invalid_grant|invalid_client|requesttimetooskewed/i
const network =
  /econn|epipe|etimedout|eai_again|enotfound|ehostunreach|enetunreach|und_err|socket|premature_close|request_send_error|timeouterror|networkingerror|err_stream_premature_close|z_buf_error|parse_error|hpe_|aborterror|abort_err/i
/** BigQuery's reasons for trying again come with status 400 (https://cloud.google.com/bigquery/docs/error-messages). */
const serverReason = /backenderror|internalerror|tableunavailable/i
/** google-auth-library's words when it finds no credentials; its error has no code. */
const noCredentials = /could not load the default credentials/i
/** The Azure SDK's words for a body that ended early; its error has no code. The retry loop looks at its own signal before it asks. */
const shortBody = /received less data than required/
const missing = /nosuchkey|nosuchbucket|notfound|blobnotfound|containernotfound/i
const changed = /preconditionfailed|conditionnotmet|invalidrange/i

/** Errors without a code, known by their words alone. */
function kindOfWords(text: string): Failure['kind'] | null {
  if (shortBody.test(text)) return 'broken'
  return noCredentials.test(text) ? 'expired' : null
}

function kindOf(status: number | null, code: string): Failure['kind'] {
  if (busy.test(code) || status === 429) return 'busy'
  if (expired.test(code) || status === 401) return 'expired'
  if (denied.test(code) || status === 403) return 'denied'
  if (status === null && network.test(code)) return 'broken'
  if (changed.test(code) || status === 412 || status === 416) return 'gone'
  if (missing.test(code) || status === 404) return 'gone'
  if (status === 503) return 'busy'
  if (status === 408 || (status !== null && status >= 500) || network.test(code) || serverReason.test(code))
    return 'broken'
  return 'wrong'
}

function headersOf(error: unknown): ReadonlyMap<string, string> {
  const { $response, response, headers } = asLoose(error)
  const found = new Map<string, string>()
  for (const holder of [asLoose($response)['headers'], asLoose(response)['headers'], headers]) {
    if (holder instanceof Map || (typeof holder === 'object' && holder !== null && Symbol.iterator in holder)) {
      for (const [name, value] of holder as Iterable<[string, unknown]>) found.set(name.toLowerCase(), String(value))
    } else for (const [name, value] of Object.entries(asLoose(holder))) found.set(name.toLowerCase(), String(value))
  }
  return found
}

/** The longest wait that any header asks for, in ms. Azure Cost Management has one a quota (specs/exports.md section 3.6). */
export function askedWait(headers: ReadonlyMap<string, string>): number | null {
  const waits = [...headers].flatMap(([name, value]) => {
    if (!/retry-after(-ms)?$/.test(name)) return []
    const number = Number(value)
    if (Number.isFinite(number)) return [name.endsWith('-ms') ? number : number * 1000]
    const until = Date.parse(value)
    const sent = Date.parse(headers.get('date') ?? '')
    return Number.isNaN(until) || Number.isNaN(sent) ? [] : [until - sent]
  })
  const asked = waits.filter((ms) => ms >= 0)
  return asked.length === 0 ? null : Math.max(...asked)
}

function describe(error: unknown, status: number | null, code: string): string {
  const whole = error instanceof Error ? error.message : String(error)
  // Errors of Google's REST transport have the body of the answer as their message.
  const message = /^\s*\{/.test(whole) ? (/"message"\s*:\s*"((?:[^"\\]|\\.)*)"/.exec(whole)?.[1] ?? whole) : whole
  const first = message.split('\n')[0]?.slice(0, 400) ?? ''
  return [status, code.split(' ')[0] === 'Error' ? '' : code.split(' ')[0], first].filter(Boolean).join(' ')
}
