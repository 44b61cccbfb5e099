import { Hono } from 'hono'
import { type ApiEnv, refuse } from '../api/http.ts'
import { smallBody } from '../api/write-guard.ts'
import { mcpServer } from './server.ts'

/**
 * `POST /mcp`: the Model Context Protocol over streamable HTTP. No session is kept; each message is answered with JSON.
 *
 * @param call sends a request to the application itself, where nobody is asked who calls
 */
export function mcpRoutes(
  call: (request: Request, env: ApiEnv['Bindings']) => Response | Promise<Response>,
): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>()
  app.post('/mcp', async (c) => {
    const body = await smallBody(c.req.raw)
    if (body === null) return refuse({ status: 413, code: 'body-too-large', detail: 'the message is too long' })
    const { WebStandardStreamableHTTPServerTransport } = await import(
      '@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js'
    )
    const transport = new WebStandardStreamableHTTPServerTransport({ enableJsonResponse: true })
    const { visit: _, ...inner } = c.env ?? {}
    const server = await mcpServer({
      call: c.env?.call ?? ((request) => call(request, inner)),
      origin: new URL(c.req.url).origin,
      signal: c.req.raw.signal,
    })
    await server.connect(transport)
    try {
      const { method, headers } = c.req.raw
      return await transport.handleRequest(new Request(c.req.url, { method, headers, body }))
    } finally {
      await server.close()
    }
  })
  app.get('/mcp', () =>
    refuse({
      ...{ status: 405, code: 'no-stream', detail: 'nothing is sent unasked here', allow: 'POST' },
      hint: 'Post messages of the Model Context Protocol.',
    }),
  )
  return app
}
