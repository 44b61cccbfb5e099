import { parseArgs } from 'node:util'

// npm run bench [-- import|query|collect] [--million 1,10] [--scale 16] [--gib 5]: measures, prints tables, fails on nothing; the goals stand beside the figures.
const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { million: { type: 'string' }, scale: { type: 'string' }, gib: { type: 'string' } },
})
const only = positionals[0]
const millions = (values.million ?? '1').split(',').map(Number)
if (!only || only === 'import') await (await import('./import.ts')).benchImport(millions)
if (!only || only === 'query') await (await import('./query.ts')).benchQuery(Number(values.scale ?? '1'))
if (!only || only === 'collect') await (await import('./collect.ts')).benchCollect(Number(values.gib ?? '5'))
