import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { layout } from '../../src/lake/layout.ts'
import { createKey } from '../../src/state/api-keys.ts'
import { openDatabase } from '../../src/state/sqlite.ts'
import { inTurns, startServer } from '../api.ts'
import { percentile, report } from '../measure.ts'

const path = '/api/v1/queries/cost_by_month'

/** What asking for a key costs on a cached route. */
export async function benchGate(data: string): Promise<boolean> {
  const scratch = mkdtempSync(join(tmpdir(), 'bench-gate-'))
  const config = join(scratch, 'auth.yaml')
  writeFileSync(config, 'auth: { required: true, rate_limit: { per_minute: 1000000, burst: 100000 } }\n')
  const database = openDatabase(layout(data).state)
  const { token } = createKey(
    database,
    { name: 'bench', role: 'viewer', teams: null, expires_at: null, actor: 'bench' },
    new Date(),
  )
  database.close()
  const [open, gated] = [await startServer([data]), await startServer([data, config])]
  const rows = []
  for (const connections of [1, 16, 64]) {
    const headers = { authorization: `Bearer ${token}` }
    const both = await inTurns({ connections, path: () => path, headers }, [open.port, gated.port])
    const perSecond = (which: number) =>
      percentile(
        both.map((pair) => pair[which]?.perSecond ?? 0),
        0.5,
      )
    const ratio = percentile(
      both.map(([bare, ours]) => (ours?.perSecond ?? 0) / (bare?.perSecond ?? 1)),
      0.5,
    )
    rows.push({
      connections: String(connections),
      'open/s': perSecond(0).toFixed(0),
      'with a key/s': perSecond(1).toFixed(0),
      ratio: ratio.toFixed(2),
      'a request more': `${(1e6 / perSecond(1) - 1e6 / perSecond(0)).toFixed(0)} µs`,
    })
  }
  open.stop()
  gated.stop()
  rmSync(scratch, { recursive: true })
  report('api: a cached route with and without asking for a key', rows)
  return true
}
