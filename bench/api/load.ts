import { connect, type Socket } from 'node:net'

export interface Load {
  readonly port: number
  readonly connections: number
  readonly seconds: number
  /** Path of the n-th request of all. */
  readonly path: (n: number) => string
  readonly headers?: Readonly<Record<string, string>>
}

export interface Loaded {
  readonly perSecond: number
  /** Milliseconds of each answered request. */
  readonly latencies: readonly number[]
  /** Answers other than 200. */
  readonly failed: number
}

/** Asks over so many connections that are kept, each one request at a time, until the time is over. Raw sockets: an HTTP client costs more than the server. */
export async function load(options: Load): Promise<Loaded> {
  const latencies: number[] = []
  let failed = 0
  const head = Object.entries({ host: `127.0.0.1:${options.port}`, ...options.headers })
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('')
  const started = performance.now()
  const until = started + options.seconds * 1000
  let asked = 0
  const client = async () => {
    const socket = connect({ port: options.port, host: '127.0.0.1', noDelay: true })
    const answers = reading(socket)
    while (performance.now() < until) {
      const from = performance.now()
      socket.write(`GET ${options.path(asked++)} HTTP/1.1\r\n${head}\r\n`)
      const { value: status } = await answers.next()
      latencies.push(performance.now() - from)
      if (status !== 200) failed += 1
    }
    socket.destroy()
  }
  await Promise.all(Array.from({ length: options.connections }, client))
  return { perSecond: (latencies.length / (performance.now() - started)) * 1000, latencies, failed }
}

/** One client that keeps its connection; milliseconds until an answer was whole. It takes no compression, as a program beside the server would not. */
export function client(port: number) {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  const answers = reading(socket)
  return {
    async get(path: string): Promise<number> {
      const from = performance.now()
      socket.write(`GET ${path} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\n\r\n`)
      const { value: status } = await answers.next()
      if (status !== 200) throw new Error(`${path} answers ${status}`)
      return performance.now() - from
    },
    close: () => socket.destroy(),
  }
}

/** The status of each answer once its body is whole: of a stated length, or in chunks. */
async function* reading(socket: Socket): AsyncGenerator<number, number> {
  let held: Buffer = Buffer.alloc(0)
  for await (const piece of socket) {
    held = held.length === 0 ? (piece as Buffer) : Buffer.concat([held, piece as Buffer])
    const end = held.indexOf('\r\n\r\n')
    if (end === -1) continue
    const head = held.toString('latin1', 0, end).toLowerCase()
    const length = /\r\ncontent-length: (\d+)/.exec(head)?.[1]
    const isWhole =
      length === undefined
        ? head.includes('\r\ntransfer-encoding: chunked') && held.subarray(-5).equals(lastChunk)
        : held.length >= end + 4 + Number(length)
    if (!isWhole) continue
    held = Buffer.alloc(0)
    yield Number(head.slice(9, 12))
  }
  return 0
}

const lastChunk = Buffer.from('0\r\n\r\n')
