import { goal } from './api/process.ts'
import { percentile, report } from './measure.ts'
import { soak } from './soak/run.ts'

const mebi = 2 ** 20

/** Minutes of mixed load while the data are exchanged. Says whether nothing failed and the memory did not grow. */
export async function benchSoak(minutes: number, seed: number): Promise<boolean> {
  const { asked, states, changes, failures, memory } = await soak({
    seconds: minutes * 60,
    rows: 3000,
    clients: 2,
    seed,
  })
  const third = Math.floor(memory.length / 3)
  const [middle, last] = [memory.slice(third, 2 * third), memory.slice(2 * third)].map((part) =>
    percentile(
      part.map(({ bytes }) => bytes),
      0.5,
    ),
  )
  const growth = (last ?? 0) / (middle ?? 1) - 1
  const slope = slopeOf(memory.slice(third)) / mebi
  const rows = [
    { what: 'answers', figure: String(asked), ...goal('> 0', asked > 0) },
    { what: 'exchanges of the data', figure: `${changes} made, ${states} states seen`, ...goal('> 2', changes > 2) },
    { what: 'failed or untrue answers', figure: String(failures.length), ...goal('0', failures.length === 0) },
    {
      what: 'memory, last third against the one before; slope of both',
      figure: `${(100 * growth).toFixed(1)} %, ${slope.toFixed(1)} MiB a minute; ${course(memory)} MiB`,
      ...goal('≤ 5 %, ≤ 2 MiB a minute', growth <= 0.05 && slope <= 2),
    },
  ]
  report(`soak: ${minutes} minutes of viewers, analysts, a team's key and agents, seed ${seed}`, rows)
  for (const failure of failures.slice(0, 20)) console.log(`  ${failure}`)
  return rows.every(({ met }) => met === 'met')
}

/** A dozen sizes over the whole time, in MiB. */
const course = (memory: readonly { readonly bytes: number }[]) => {
  const step = Math.max(1, Math.floor(memory.length / 12))
  return memory.flatMap(({ bytes }, index) => (index % step === 0 ? [(bytes / mebi).toFixed(0)] : [])).join(' ')
}

/** Bytes a minute, by least squares. */
function slopeOf(points: readonly { readonly second: number; readonly bytes: number }[]): number {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
  const [x, y] = [mean(points.map(({ second }) => second)), mean(points.map(({ bytes }) => bytes))]
  const up = points.reduce((sum, { second, bytes }) => sum + (second - x) * (bytes - y), 0)
  return (60 * up) / points.reduce((sum, { second }) => sum + (second - x) ** 2, 0)
}
