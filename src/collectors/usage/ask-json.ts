import { UserError } from '../../errors.ts'
import type { CollectorContext } from '../collector.ts'
import { isLoopbackHost } from '../objects/address.ts'

export interface JsonApi {
  /** Address without a slash at the end, for messages. */
  readonly url: string
  /** Asks `path` below the address through the retry loop; `form` makes it a POST. Returns the parsed answer. */
  ask(what: string, path: string, parameters: Readonly<Record<string, string>>, form?: 'form'): Promise<unknown>
}

export interface JsonApiConfig {
  /** What answers there, for messages: `Prometheus`. */
  readonly api: string
  readonly url: string
  readonly authorization_env?: string | undefined
}

const deadlineMs = 5 * 60_000
const largestBytes = 256 * 2 ** 20

/**
 * An http API that answers in JSON, inside the network or outside. Throws UserError for an address that is none, holds a password, or
 * would carry the authorization unencrypted, and for a variable that is not set.
 */
export function createJsonApi(config: JsonApiConfig, context: CollectorContext): JsonApi {
  const url = checkedAddress(config)
  const authorization = authorizationOf(config, url, context)
  return {
    url,
    ask: (what, path, parameters, form) =>
      context.retry(`${config.api}: ${what}`, async (signal) => {
        const query = new URLSearchParams(parameters)
        const response = await fetch(form ? `${url}${path}` : `${url}${path}?${query}`, {
          method: form ? 'POST' : 'GET',
          headers: { accept: 'application/json', ...(authorization ? { authorization } : {}) },
          body: form ? query : null,
          redirect: 'manual',
          signal: AbortSignal.any([signal, AbortSignal.timeout(deadlineMs)]),
        })
        return readAnswer(config, url, path, response)
      }),
  }
}

function checkedAddress({ api, url }: JsonApiConfig): string {
  const address = URL.canParse(url) ? new URL(url) : null
  if (address === null || !/^https?:$/.test(address.protocol))
    throw new UserError(`the url of ${api} is no http or https address`, { hint: 'Write it as https://host:port.' })
  if (address.username || address.password || address.search)
    throw new UserError(`the url of ${api} (${address.host}) holds a password or a query`, {
      hint: 'Put the value of the Authorization header into a variable and name it in authorization_env.',
    })
  return `${address.origin}${address.pathname.replace(/\/+$/, '')}`
}

function authorizationOf({ api, authorization_env }: JsonApiConfig, url: string, context: CollectorContext) {
  if (authorization_env === undefined) return undefined
  const value = context.env(authorization_env)
  if (!value)
    throw new UserError(`the variable ${authorization_env} for ${api} is not set`, {
      hint: 'Set it to the value of the Authorization header, e.g. Bearer …',
    })
  const { protocol, hostname } = new URL(url)
  if (protocol === 'http:' && !isLoopbackHost(hostname))
    throw new UserError(`${url} would get the authorization of ${api} unencrypted`, {
      hint: 'Give an https address, or leave authorization_env out.',
    })
  return value
}

async function readAnswer({ api }: JsonApiConfig, url: string, path: string, response: Response): Promise<unknown> {
  const text = await textOf(response, url)
  if (response.status >= 300 && response.status < 400)
    throw new UserError(`${url}${path} redirects instead of answering`, {
      hint: `Give the address of ${api} itself; a login page in front of it needs authorization_env.`,
    })
  const answer = jsonOf(text)
  if (response.status === 404)
    throw new UserError(`${url}${path} is not there (404)`, { hint: `Is url the address of ${api}, with its path?` })
  if (!response.ok)
    throw Object.assign(new Error(messageOf(answer) ?? response.statusText), {
      status: response.status,
      headers: response.headers,
    })
  if (answer !== undefined) return answer
  if (/^\s*[[{]/.test(text))
    throw Object.assign(new Error('the answer ends in the middle'), { code: 'ERR_STREAM_PREMATURE_CLOSE' })
  throw new UserError(`${url}${path} answers with a page instead of JSON`, {
    hint: `Is url the address of ${api}? A login page in front of it needs authorization_env.`,
  })
}

async function textOf(response: Response, url: string): Promise<string> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of response.body ?? []) {
    chunks.push(chunk)
    bytes += chunk.length
    if (bytes > largestBytes)
      throw new UserError(`${url} answers with more than ${largestBytes} bytes`, {
        hint: 'Ask for fewer series: aggregate in the query, or collect fewer days at a time.',
      })
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** Undefined when the text is no JSON. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

/** What Prometheus (`error`) and OpenCost (`message`) say about a failure. */
function messageOf(answer: unknown): string | undefined {
  const { errorType, error, message } = (answer ?? {}) as Readonly<Record<string, unknown>>
  const said = [errorType, error, message].filter((part) => typeof part === 'string')
  return said.length > 0 ? said.join(': ') : undefined
}
