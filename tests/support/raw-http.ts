import { connect, type Socket } from 'node:net'

/** What a server sent on one connection until it closed it. */
export interface RawAnswer {
  /** Of the first answer; 0 where the connection was closed without one. */
  readonly status: number
  readonly text: string
}

/** Sends bytes as they are, piece by piece, and reads until the server closes. Who asks to keep the connection has to end it. */
export async function sendRaw(port: number, pieces: readonly (string | Buffer)[]): Promise<RawAnswer> {
  const socket = connect({ port, host: '127.0.0.1' })
  const text = readAll(socket)
  for (const piece of pieces) if (!socket.destroyed) socket.write(piece)
  return text
}

/** All that comes on a socket until its end; a reset is an end. */
export async function readAll(socket: Socket): Promise<RawAnswer> {
  const chunks: Buffer[] = []
  socket.on('data', (chunk: Buffer) => chunks.push(chunk))
  socket.on('error', () => undefined)
  if (!socket.closed) await new Promise((resolve) => socket.once('close', resolve))
  const text = Buffer.concat(chunks).toString('latin1')
  return { status: Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0), text }
}

/** One request that closes its connection. */
export function request(
  port: number,
  method: string,
  target: string,
  { headers = {}, body = '' }: { headers?: Readonly<Record<string, string>>; body?: string | Buffer } = {},
): Promise<RawAnswer> {
  const all = { host: `127.0.0.1:${port}`, connection: 'close', ...headers }
  const head = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`)
  return sendRaw(port, [`${method} ${target} HTTP/1.1\r\n${head.join('')}\r\n`, body])
}
