import type { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import type { RequestHandlerExtra } from '@modelcontextprotocol/sdk/shared/protocol.js'
import type { ServerNotification, ServerRequest } from '@modelcontextprotocol/sdk/types.js'
import { registerReading } from './reading.ts'
import type { Tool, ToolRequest } from './tool.ts'
import { tools } from './tools.ts'

type Extra = RequestHandlerExtra<ServerRequest, ServerNotification>

/** Sends a request to the API as its caller would. */
export type Call = (request: Request) => Response | Promise<Response>

export interface McpOptions {
  readonly call: Call
  /** Under which the API answers. */
  readonly origin: string
  /** Without the tools that change something. */
  readonly readOnly?: boolean
  /** Ends what runs. */
  readonly signal?: AbortSignal
}

const instructions = `Cloud cost answers with their proof. Begin with list_questions, then ask. With every figure name its currency, its ledger or basis, its period and meta.complete_through; figures after that instant are not complete. null is unknown, not zero. How a question is computed stands in costwright://queries/{name}. Amounts are exact decimals as text. Never add two currencies, nor cash and accrual.`

/** An answer that is longer is refused: no agent could read it. */
const longestAnswer = 200_000

/** Tools of the Model Context Protocol whose answers are the API's: its limits, roles, teams and cache hold because every call is a request to it. */
export async function mcpServer(options: McpOptions): Promise<McpServer> {
  const { McpServer } = await import('@modelcontextprotocol/sdk/server/mcp.js')
  const server = new McpServer(
    { name: 'costwright', title: 'costwright', version: '1' },
    { instructions, maxToolInputElements: 200 },
  )
  for (const tool of tools) {
    if (options.readOnly && tool.writes) continue
    const { name, title, description, input: inputSchema } = tool
    const annotations = { readOnlyHint: !tool.writes, destructiveHint: false, openWorldHint: false }
    server.registerTool(name, { title, description, inputSchema, annotations }, async (given, extra) => {
      const end = tellProgress(extra)
      try {
        const request = requestOf(tool.request(given), options, extra.signal)
        return await resultOf(await options.call(request), tool, given)
      } finally {
        end()
      }
    })
  }
  await registerReading(server, async (path) => {
    const response = await options.call(requestOf({ path }, options, new AbortController().signal))
    const text = await response.text()
    if (!response.ok) throw new Error(JSON.parse(text).detail)
    return text
  })
  return server
}

const progressMs = 2000

/** Tells who asked for it that a call still runs; returns the function that ends it. Over HTTP, where answers are JSON, nothing is sent. */
function tellProgress({ _meta, sendNotification }: Pick<Extra, '_meta' | 'sendNotification'>): () => void {
  const progressToken = _meta?.progressToken
  if (progressToken === undefined) return () => {}
  let progress = 0
  const timer = setInterval(() => {
    progress += progressMs / 1000
    const params = { progressToken, progress, message: `running for ${progress} s` }
    sendNotification({ method: 'notifications/progress', params }).catch(() => undefined)
  }, progressMs)
  return () => clearInterval(timer)
}

function requestOf(
  { path, query = {}, body, headers = {} }: ToolRequest,
  options: McpOptions,
  signal: AbortSignal,
): Request {
  const url = new URL(`/api/v1/${path}`, options.origin)
  for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, String(value))
  const both = AbortSignal.any([signal, ...(options.signal ? [options.signal] : [])])
  if (body === undefined) return new Request(url, { headers: { accept: 'application/json' }, signal: both })
  return new Request(url, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal: both,
  })
}

/** What the API said; a problem of it as an error of the tool. */
async function resultOf(response: Response, tool: Tool, given: unknown) {
  const body = await response.text()
  if (!response.ok) return failed(body)
  const meta = response.headers.get('x-meta')
  if (meta !== null && !tool.show && body.length <= longestAnswer)
    return { content: [body, `{"meta":${meta}}`].map((text) => ({ type: 'text' as const, text })) }
  const text = tool.show ? JSON.stringify(tool.show(JSON.parse(body), given)) : body
  if (text.length <= longestAnswer) return { content: [{ type: 'text' as const, text }] }
  const detail = `the answer has ${text.length} characters; at most ${longestAnswer} can be sent`
  return failed(JSON.stringify({ status: 413, detail, hint: 'Ask for fewer rows with limit, or narrow the question.' }))
}

/** Status, detail and hint of an RFC 9457 problem. */
function failed(problem: string) {
  const { status, type, detail, hint } = JSON.parse(problem) as Readonly<Record<string, unknown>>
  return { isError: true, content: [{ type: 'text' as const, text: JSON.stringify({ status, type, detail, hint }) }] }
}
