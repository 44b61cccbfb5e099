import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { benchGate } from './api/gate.ts'
import { goal, startEmpty, startServer } from './api/process.ts'
import { benchQueries } from './api/queries.ts'
import { benchStreams } from './api/streams.ts'
import { inTurns, rounds } from './api/turns.ts'
import { measure, percentile, report } from './measure.ts'

const root = resolve(import.meta.dirname, '..')
const connections = [1, 16, 64]

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
  await server.stop()
  empty.stop()
  report(
    `api: cached JSON (${body.length} bytes) against an empty route of the same body, median of ${rounds} rounds`,
    rows,
  )
  return rows.every(({ met }) => met === 'met')
}
