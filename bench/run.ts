import { parseArgs } from 'node:util'

// npm run bench [-- import|query|collect|anomaly|forecast|commit|api|soak] [--million 1,10] [--scale 16] [--gib 5] [--seeds 101-110] [--profile noisy]
// [--part cached|gate|queries|streams] [--minutes 30 --seed 1] [--worlds foreign] [--nightly [--series 10000]]:
// measures and prints tables, the goals beside the figures; only api and soak fail (code 1) when one is missed. soak runs only by name.
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
    minutes: { type: 'string' },
    seed: { type: 'string' },
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
if (!only || only === 'api')
  failUnless(await (await import('./api.ts')).benchApi(Number(values.scale ?? '2.5'), values.part))
if (only === 'soak')
  failUnless(await (await import('./soak.ts')).benchSoak(Number(values.minutes ?? '30'), Number(values.seed ?? '1')))

function failUnless(isMet: boolean): void {
  if (!isMet) process.exitCode = 1
}

function seedsOf(usual: string): number[] {
  const [from, to] = (values.seeds ?? usual).split('-').map(Number)
  return Array.from({ length: (to ?? from ?? 0) - (from ?? 0) + 1 }, (_, i) => (from ?? 0) + i)
}
