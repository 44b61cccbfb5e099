import { once } from 'node:events'
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import { type Audit, answerLogged, isLogged } from '../api/request-log.ts'
import { openApp, type RunningApp } from '../audience-apps.ts'
import { mcpServer } from '../mcp/server.ts'
import { contextOf, desksOf } from '../server.ts'
import { appendAudit } from '../state/audit.ts'
import type { Command } from './command.ts'

/** `costwright mcp`: the API's answers as tools of the Model Context Protocol, over standard input and output. */
export const mcpCommand: Command = {
  options: { 'read-only': { type: 'boolean' } },
  help: [
    'Speaks the Model Context Protocol on standard input and output, until the input ends. An agent starts it by itself:',
    '  {"mcpServers": {"costwright": {"command": "costwright", "args": ["mcp", "--data", "/var/lib/costwright"]}}}',
    'Over HTTP, `costwright serve` answers the same at /mcp, by the role and teams of a key.',
    '',
    '--read-only       without decisions on incidents',
  ],
  async run(args, io) {
    const runtime = io.runtime()
    const alerts = await runtime.alerts()
    const desks = desksOf(runtime)
    const who = {
      actor: alerts.actor,
      audit: (entry: Parameters<Audit>[0]) =>
        appendAudit(alerts.database, { at: runtime.now().toISOString(), ...entry }),
    }
    let app: Promise<RunningApp> | null = null
    let refreshed: Promise<unknown> = Promise.resolve()
    const open = async () => {
      await runtime.build()
      const onFailure = (id: string, error: unknown) => io.note(`${id}: ${String(error)}`)
      return openApp(await contextOf(runtime, alerts, desks), { onFailure })
    }
    const { StdioServerTransport } = await import('@modelcontextprotocol/sdk/server/stdio.js')
    const server = await mcpServer({
      origin: 'http://localhost',
      readOnly: args.values['read-only'] === true,
      async call(request) {
        app ??= open()
        const { fetch, context } = await app
        refreshed = refreshed.then(() => context.refresh())
        await refreshed
        return isLogged(request) ? answerLogged(request, who, (one) => fetch(one)) : fetch(request)
      },
    })
    const transport = new StdioServerTransport()
    await server.connect(transport)
    const answered = watch(transport)
    const ended = new AbortController()
    const { signal } = ended
    await Promise.race([
      once(process.stdin, 'end', { signal }).then(answered),
      ...['SIGINT', 'SIGTERM'].map((name) => once(process, name, { signal })),
    ])
    ended.abort()
    await server.close()
    const opened = await (app as Promise<RunningApp> | null)
    await opened?.context.close()
    await desks.close()
    alerts.close()
    return 0
  },
}

/** Tells when everything that was asked until now is answered: who pipes questions in closes the input before the answers are made. */
function watch(transport: Transport): () => Promise<void> {
  const asked = new Set<unknown>()
  let settled = () => {}
  const { onmessage, send } = transport
  transport.onmessage = (message, extra) => {
    if ('id' in message && 'method' in message) asked.add(message.id)
    else if ('method' in message && message.method === 'notifications/cancelled')
      asked.delete(message.params?.['requestId'])
    onmessage?.(message, extra)
  }
  transport.send = async (message, options) => {
    await send.call(transport, message, options)
    if ('id' in message && !('method' in message)) asked.delete(message.id)
    if (asked.size === 0) settled()
  }
  return () =>
    new Promise((resolve) => {
      settled = resolve
      if (asked.size === 0) resolve()
    })
}
