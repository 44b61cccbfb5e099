import type { IncomingMessage, Server } from 'node:http'
import type { Socket } from 'node:net'
import { serve } from '@hono/node-server'
import { UserError } from './errors.ts'

/** What Node hands along with a request. */
export interface NodeEnv {
  readonly incoming?: IncomingMessage
}

/** A server that takes requests. */
export interface Listening {
  readonly url: string
  /** Takes no more connections and ends those that rest; running answers have so long to end. */
  stop(graceMs: number): Promise<void>
}

/** How long a body may take: that of an upload of some gigabytes. Others are given up where they are read. */
const uploadMs = 6 * 60 * 60_000

/** A connection that ends an answer while the server stops is closed within this time. */
const sweepMs = 50

/**
 * Takes requests on this address; port 0 takes any free one.
 *
 * @throws UserError for a port that is taken
 */
export async function listen(
  fetch: (request: Request, env: NodeEnv) => Promise<Response>,
  host: string,
  port: number,
): Promise<Listening> {
  return new Promise((resolve, reject) => {
    const server = serve(
      {
        fetch: fetch as Parameters<typeof serve>[0]['fetch'],
        hostname: host,
        port,
        serverOptions: {
          ...{ requestTimeout: uploadMs, headersTimeout: 30_000 },
          ...{ keepAliveTimeout: 75_000, maxHeaderSize: 16_384 },
        },
      },
      (address) => {
        const url = `http://${host.includes(':') ? `[${host}]` : host}:${address.port}`
        resolve({ url, stop: (graceMs) => stopServer(server as Server, sockets, graceMs) })
      },
    )
    const sockets = new Set<Socket>()
    server.on('connection', (socket: Socket) => {
      sockets.add(socket)
      socket.once('close', () => sockets.delete(socket))
    })
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const taken = cause.code === 'EADDRINUSE'
      reject(
        taken
          ? new UserError(`port ${port} is taken`, {
              hint: 'Choose another with --port, or 0 for any free one.',
              cause,
            })
          : cause,
      )
    })
  })
}

/** Node leaves connections open that end an answer after `close`, or that never sent anything, until their client goes: so they are looked for. */
async function stopServer(server: Server, sockets: ReadonlySet<Socket>, graceMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy()
  const sweep = setInterval(() => server.closeIdleConnections(), sweepMs)
  const grace = setTimeout(() => server.closeAllConnections(), graceMs)
  await closed
  clearInterval(sweep)
  clearTimeout(grace)
}
