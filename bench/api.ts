import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { benchGate } from './api/gate.ts'
import { type Load, type Loaded, load } from './api/load.ts'
import { benchQueries } from './api/queries.ts'
import { benchStreams } from './api/streams.ts'
import { measure, percentile, report } from './measure.ts'

const root = resolve(import.meta.dirname, '..')
const connections = [1, 16, 64]
const rounds = 5

/** The API in a process of its own over the sample estate at `scale` (2.5 ≈ 1.1 million charges), against its goals. Says whether all are met. */
export async function benchApi(scale: number, only?: string): Promise<boolean> {
  const data = resolve(root, '.bench', `estate-${scale}`)
  if (!existsSync(resolve(data, 'warehouse', 'current')))
    await measure(resolve(root, 'src/cli.ts'), ['demo', '--data', data, '--scale', String(scale)])
  const parts = { cached: benchCached, gate: benchGate, queries: benchQueries, streams: benchStreams }
  let isMet = true
  for (const [name, part] of Object.entries(parts)) if (!only || only === name) isMet = (await part(data)) && isMet
  return isMet
}

async function benchCached(data: string): Promise<boolean> {
  const path = '/api/v1/queries/cost_by_month'
  const [server, empty] = [await startServer([data]), await startEmpty()]
  const sample = await fetch(`http://127.0.0.1:${server.port}${path}`)
  const body = await sample.text()
  const emptyPort = await empty.answering(body, Object.fromEntries(sample.headers))
  const rows = []
  for (const count of connections) {
    const both = await inTurns({ connections: count, path: () => path }, [emptyPort, server.port])
    const ratio = percentile(
      both.map(([bare, ours]) => (ours?.perSecond ?? 0) / (bare?.perSecond ?? 1)),
      0.5,
    )
    const perSecond = (which: number) =>
      percentile(
        both.map((pair) => pair[which]?.perSecond ?? 0),
        0.5,
      ).toFixed(0)
    rows.push({
      connections: String(count),
      'empty route/s': perSecond(0),
      'cached route/s': perSecond(1),
      ratio: ratio.toFixed(2),
      ...goal('≥ 0.80', ratio >= 0.8),
    })
  }
  server.stop()
  empty.stop()
  report(
    `api: cached JSON (${body.length} bytes) against an empty route of the same body, median of ${rounds} rounds`,
    rows,
  )
  return rows.every(({ met }) => met === 'met')
}

/** The same load on each server by turns, since the machine's own speed changes. */
export async function inTurns(
  asked: Omit<Load, 'port' | 'seconds'>,
  ports: readonly number[],
): Promise<readonly (readonly Loaded[])[]> {
  const all = []
  for (let round = 0; round <= rounds; round += 1) {
    const each = []
    for (const port of ports) each.push(await load({ ...asked, port, seconds: round === 0 ? 0.5 : 1.2 }))
    if (each.some(({ failed }) => failed > 0)) throw new Error(`${asked.path(0)} answered other than 200`)
    if (round > 0) all.push(each)
  }
  return all
}

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
  stop(): void
}

/** The real server; its arguments are the data folder and a configuration. */
export async function startServer(args: readonly string[]): Promise<Server> {
  const child = fork(resolve(import.meta.dirname, 'api/serve.ts'), args, { execArgv: ['--expose-gc', ...profiling()] })
  const { port } = await said<{ port: number }>(child)
  const ask = async <Answer>(what: string) => {
    child.send(what)
    return said<Answer>(child)
  }
  return {
    port,
    start: async () => (await ask<{ idle: number }>('start')).idle,
    measured: () => ask<Watched>('measured'),
    stop: () => child.disconnect(),
  }
}

const profiling = () =>
  process.env['BENCH_PROFILE'] ? ['--cpu-prof', `--cpu-prof-dir=${process.env['BENCH_PROFILE']}`] : []

async function startEmpty() {
  const child = fork(resolve(import.meta.dirname, 'api/empty.ts'))
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
