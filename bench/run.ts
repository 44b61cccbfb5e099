import { parseArgs } from 'node:util'

// npm run bench [-- import|query|collect|anomaly|forecast|commit|api] [--million 1,10] [--scale 16] [--gib 5] [--seeds 101-110] [--profile noisy]
// [--worlds foreign] [--nightly [--series 10000]]:
// measures, prints tables, fails on nothing; the goals stand beside the figures.
const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    million: { type: 'string' },
    scale: { type: 'string' },
    gib: { type: 'string' },
    seeds: { type: 'string' },
    profile: { type: 'string' },
    worlds: { type: 'string' },
    nightly: { type: 'boolean' },
    series: { type: 'string' },
    part: { type: 'string' },
  },
})
const only = positionals[0]
const author = values.worlds === 'foreign' ? 'foreign' : 'own'
const millions = (values.million ?? '1').split(',').map(Number)
if (!only || only === 'import') await (await import('./import.ts')).benchImport(millions)
if (!only || only === 'query') await (await import('./query.ts')).benchQuery(Number(values.scale ?? '1'))
if (!only || only === 'collect') await (await import('./collect.ts')).benchCollect(Number(values.gib ?? '5'))
if ((!only || only === 'anomaly') && !values.nightly)
  (await import('./anomaly.ts')).benchAnomaly(seedsOf('101-106'), author)
if (!only || values.nightly) await (await import('./anomaly/nightly.ts')).benchNightly(Number(values.series ?? '10000'))
if (!only || only === 'forecast') {
  const seeds = seedsOf('101-110')
  ;(await import('./forecast.ts')).benchForecast(seeds, values.profile === 'noisy' ? 'noisy' : 'default', author)
}
if (!only || only === 'commit') (await import('./commit.ts')).benchCommit()
if (!only || only === 'api') await (await import('./api.ts')).benchApi(Number(values.scale ?? '2.5'), values.part)

function seedsOf(usual: string): number[] {
  const [from, to] = (values.seeds ?? usual).split('-').map(Number)
  return Array.from({ length: (to ?? from ?? 0) - (from ?? 0) + 1 }, (_, i) => (from ?? 0) + i)
}
