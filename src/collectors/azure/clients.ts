import { DefaultAzureCredential, type TokenCredential } from '@azure/identity'
import { UserError } from '../../errors.ts'
import { isLoopbackHost } from '../objects/address.ts'
import { redact } from '../redact.ts'

/**
 * Credential found the way Azure's own tools find one: environment, workload identity, managed identity, `az login`.
 * `tenant_id` and `client_id` choose among several. Without retries of its own; nothing is asked before the first call.
 */
export function azureCredential(config: {
  tenant_id?: string | undefined
  client_id?: string | undefined
}): TokenCredential {
  return new DefaultAzureCredential({
    retryOptions: { maxRetries: 0 },
    ...(config.tenant_id === undefined ? {} : { tenantId: config.tenant_id }),
    ...(config.client_id === undefined
      ? {}
      : { managedIdentityClientId: config.client_id, workloadIdentityClientId: config.client_id }),
  })
}

/** What every Azure client is made with: no retries of its own, https except on this machine. */
export interface AzureClientOptions {
  readonly retryOptions: { readonly maxRetries: 0 }
  readonly endpoint?: string
  readonly allowInsecureConnection?: true
}

/** Options of a Resource Manager client for an `endpoint`, or for Azure's own. Throws UserError for plain http to another machine. */
export function azureClientOptions(endpoint: string | undefined): AzureClientOptions {
  const options = { retryOptions: { maxRetries: 0 } } as const
  if (endpoint === undefined) return options
  return isInsecure(endpoint) ? { ...options, endpoint, allowInsecureConnection: true } : { ...options, endpoint }
}

/** Whether an address is plain http, which only this machine may be asked by. Throws UserError for any other http address. */
export function isInsecure(address: string): boolean {
  const url = URL.canParse(address) ? new URL(address) : null
  if (url?.protocol === 'https:') return false
  if (url?.protocol === 'http:' && isLoopbackHost(url.hostname)) return true
  throw new UserError(`${url === null ? redact(address) : url.origin} is no https address`, {
    hint: 'Give an address that begins with https://; plain http is only for a server on this machine.',
  })
}

const tokenPolicy = 'bearerTokenAuthenticationPolicy'

/**
 * `client` as it is; for an http endpoint on this machine without the policy that adds a token, which refuses plain http
 * (specs/exports.md section 7).
 */
export function withoutTokenOverHttp<
  Client extends { readonly pipeline: { removePolicy(options: { name: string }): unknown } },
>(client: Client, endpoint: string | undefined): Client {
  if (endpoint !== undefined && isInsecure(endpoint)) client.pipeline.removePolicy({ name: tokenPolicy })
  return client
}
