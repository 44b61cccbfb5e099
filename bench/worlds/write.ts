import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { writeCsv } from './csv.ts'
import { labelsOf } from './labels.ts'
import { buildWorld } from './world.ts'

// node bench/worlds/write.ts --seed 1 [--profile noisy] [--mode forecast] [--form short] [--late] [--out DIR]
const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    profile: { type: 'string', default: 'default' },
    mode: { type: 'string', default: 'anomaly' },
    form: { type: 'string', default: 'long' },
    late: { type: 'boolean', default: false },
    out: { type: 'string', default: '.' },
  },
})
const world = buildWorld({
  seed: Number(values.seed),
  profile: values.profile === 'noisy' ? 'noisy' : 'default',
  mode: values.mode === 'forecast' ? 'forecast' : 'anomaly',
})
mkdirSync(values.out, { recursive: true })
writeCsv(world, join(values.out, 'series.csv'), { form: values.form === 'short' ? 'short' : 'long', late: values.late })
writeFileSync(join(values.out, 'labels.json'), `${JSON.stringify(labelsOf(world), null, 1)}\n`)
