import { ConsumptionManagementClient } from '@azure/arm-consumption'
import { CostManagementClient } from '@azure/arm-costmanagement'
import {
  createHttpHeaders,
  createPipelineRequest,
  type PipelinePolicy,
  type PipelineResponse,
  RestError,
} from '@azure/core-rest-pipeline'
import type { SourceConfig } from '../../config-sources.ts'
import { UpstreamError, UserError } from '../../errors.ts'
import type { CollectorContext } from '../collector.ts'
import { withDeadline } from '../objects/deadline.ts'
import { azureClientOptions, azureCredential, withoutTokenOverHttp } from './clients.ts'
import { type Json, listAt, parseExactJson, textAt } from './cost-management-json.ts'
import { createPace } from './cost-management-pace.ts'
import { readScope, type Scope } from './cost-management-scope.ts'

export type CostManagementConfig = Extract<SourceConfig, { type: 'azure_cost_management' }>

/** What an operation of an SDK is called with. */
export interface CallOptions {
  readonly abortSignal: AbortSignal
  readonly onResponse: (response: PipelineResponse) => void
}

export interface Answer {
  readonly status: number
  readonly headers: ReadonlyMap<string, string>
  /** Numbers are decimal text; null for an answer without content. */
  readonly body: Json
}

interface Paged {
  byPage(settings?: { continuationToken?: string }): AsyncIterator<unknown>
}

/**
 * Azure Resource Manager for one scope: the SDKs' operations and plain requests, all through the retry loop and without
 * retries of the SDKs. Bodies are read from their text, since the SDKs turn money into floating point.
 */
export interface Arm {
  /** Name of the source. */
  readonly source: string
  readonly scope: Scope
  readonly costs: CostManagementClient
  readonly consumption: ConsumptionManagementClient
  /** One operation of an SDK. `paced` ones share the scope's quota of queries. Throws UpstreamError; UserError when there is no such scope. */
  ask(what: string, call: (options: CallOptions) => Promise<unknown>, paced?: 'paced'): Promise<Json>
  /** Elements of all pages of a listing operation, each page asked for anew when it fails. */
  pages(what: string, list: (options: CallOptions) => Paged): AsyncGenerator<Json>
  /** A request that no SDK has an operation for: `target` is a path, or an address on the endpoint that an answer named. */
  send(what: string, request: RawRequest): Promise<Answer>
}

interface RawRequest {
  readonly method: 'GET' | 'POST'
  readonly target: string
  readonly body?: unknown
  readonly paced?: 'paced'
}

/** Calls of Query and Forecast a minute and scope: specs/exports.md section 3.6, documented 2026. */
const queriesPerMinute = 4
/** Questions about a whole billing account take a minute and more. */
const deadlineMs = 180_000

/**
 * Calls that name no type of client share one quota a tenant with every other tool that does not:
 * https://github.com/electrolux-oss/azure-cost-exporter/pull/8
 */
const clientType: PipelinePolicy = {
  name: 'costwrightClientType',
  sendRequest(request, next) {
    request.headers.set('ClientType', 'costwright')
    return next(request)
  },
}

/** Clients for the configured scope. Throws UserError for a scope or endpoint that cannot be. */
export function createArm(config: CostManagementConfig, context: CollectorContext): Arm {
  const scope = readScope(config.scope)
  const endpoint = config.endpoint?.replace(/\/+$/, '')
  const options = azureClientOptions(endpoint)
  const credential = azureCredential(config)
  const costs = withoutTokenOverHttp(new CostManagementClient(credential, options), endpoint)
  const consumption = withoutTokenOverHttp(
    new ConsumptionManagementClient(credential, scope.subscriptionId ?? '', options),
    endpoint,
  )
  for (const { pipeline } of [costs, consumption]) pipeline.addPolicy(clientType)
  const base = new URL(endpoint ?? 'https://management.azure.com')
  const pace = createPace(queriesPerMinute, context)

  async function exchange(
    what: string,
    call: (options: CallOptions) => Promise<unknown>,
    paced: 'paced' | undefined,
  ): Promise<Answer> {
    return context.retry(what, async (signal) => {
      if (paced) await pace.take(signal)
      let answer: PipelineResponse | undefined
      const onResponse = (response: PipelineResponse) => {
        answer = response
        pace.note(response.headers)
      }
      await withDeadline(signal, deadlineMs, (abortSignal) => call({ abortSignal, onResponse })).catch(
        (error: unknown) => {
          throw missingScope(error, config) ?? unreadable(error) ?? error
        },
      )
      return answerOf(answer)
    })
  }

  async function request(
    { method, target, body }: RawRequest,
    { abortSignal, onResponse }: CallOptions,
  ): Promise<void> {
    const url = new URL(target, base)
    if (url.origin !== base.origin)
      throw new UpstreamError(config.name, `an answer leads from ${base.host} to ${url.host}, where no token is sent`)
    const response = await costs.sendRequest(
      createPipelineRequest({
        url: url.href,
        method,
        abortSignal,
        allowInsecureConnection: options.allowInsecureConnection === true,
        headers: createHttpHeaders({ accept: 'application/json', 'content-type': 'application/json; charset=utf-8' }),
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
    )
    onResponse(response)
    if (response.status >= 300) throw restError(response)
  }

  return {
    source: config.name,
    scope,
    costs,
    consumption,
    ask: async (what, call, paced) => (await exchange(what, call, paced)).body,
    async *pages(what, list) {
      const seen = new Set<string>()
      for (let link: string | undefined; ; ) {
        const continuationToken = link
        const first = (options: CallOptions) =>
          list(options)
            .byPage(continuationToken === undefined ? {} : { continuationToken })
            .next()
        const { body } = await exchange(what, first, undefined)
        yield* listAt(body, 'value')
        link = textAt(body, 'nextLink') ?? undefined
        if (!link) return
        if (seen.has(link)) throw new UpstreamError(config.name, `${what}: its pages lead in a circle`)
        seen.add(link)
      }
    },
    send: (what, raw) => exchange(what, (call) => request(raw, call), raw.paced),
  }
}

function answerOf(response: PipelineResponse | undefined): Answer {
  const text = response?.bodyAsText?.trim() ?? ''
  return {
    status: response?.status ?? 204,
    headers: new Map(response?.headers ?? []),
    body: text === '' ? null : parseExactJson(text),
  }
}

/** What the SDK throws for its own operations. */
function restError(response: PipelineResponse): RestError {
  const text = response.bodyAsText ?? ''
  const body = /^\s*\{/.test(text) ? parseExactJson(text) : null
  const code = textAt(body, 'error', 'code')
  return new RestError(textAt(body, 'error', 'message') ?? text, {
    statusCode: response.status,
    request: response.request,
    response,
    ...(code === null ? {} : { code }),
  })
}

/** The SDK repeats a whole answer that it cannot read in its message, signed links and all. */
function unreadable(error: unknown): Error | null {
  if (!(error instanceof RestError) || !error.response || error.response.status >= 300) return null
  return Object.assign(new Error('the answer cannot be read'), { code: 'PARSE_ERROR' })
}

function missingScope(error: unknown, { name, scope }: CostManagementConfig): UserError | null {
  if (!(error instanceof RestError) || error.statusCode !== 404) return null
  return new UserError(`${name}: Azure finds nothing at scope ${scope} (${error.code ?? 'NotFound'})`, {
    hint: 'Check the scope, the tenant of the credential, and that it may see the scope at all.',
    cause: error,
  })
}
