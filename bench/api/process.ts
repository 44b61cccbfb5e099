import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'

export const goal = (text: string, isMet: boolean) => ({ goal: text, met: isMet ? 'met' : 'MISSED' })

export interface Watched {
  /** Resident bytes. */
  readonly idle?: number
  readonly peak: number
  readonly now: number
  readonly delay_p99_ms: number
}

export interface Server {
  readonly port: number
  /** Starts measuring the process; answers its resident bytes. */
  start(): Promise<number>
  measured(): Promise<Watched>
  /** The same after garbage was collected. */
  settled(): Promise<Watched>
  /** Ends with the process. */
  stop(): Promise<void>
}

/** The real server; its arguments are the data folder and a configuration. */
export async function startServer(args: readonly string[]): Promise<Server> {
  const child = fork(resolve(import.meta.dirname, 'serve.ts'), args, { execArgv: ['--expose-gc', ...profiling()] })
  const { port } = await said<{ port: number }>(child)
  const ask = async <Answer>(what: string) => {
    child.send(what)
    return said<Answer>(child)
  }
  return {
    port,
    start: async () => (await ask<{ idle: number }>('start')).idle,
    measured: () => ask<Watched>('measured'),
    settled: () => ask<Watched>('settled'),
    async stop() {
      const ended = once(child, 'exit')
      child.disconnect()
      await ended
    },
  }
}

const profiling = () =>
  process.env['BENCH_PROFILE'] ? ['--cpu-prof', `--cpu-prof-dir=${process.env['BENCH_PROFILE']}`] : []

/** A Hono application that answers everything alike. */
export async function startEmpty() {
  const child = fork(resolve(import.meta.dirname, 'empty.ts'))
  return {
    async answering(body: string, headers: Record<string, string>) {
      for (const name of ['date', 'connection', 'keep-alive', 'content-length']) delete headers[name]
      child.send({ body, headers })
      return (await said<{ port: number }>(child)).port
    },
    stop: () => child.kill('SIGTERM'),
  }
}

async function said<Answer>(child: ChildProcess): Promise<Answer> {
  const ended = new AbortController()
  const end = () => ended.abort(new Error('the server ended'))
  child.once('exit', end)
  const [message] = await once(child, 'message', { signal: ended.signal })
  child.off('exit', end)
  return message as Answer
}
