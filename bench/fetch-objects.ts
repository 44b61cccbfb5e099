import { fetchDelivery } from '../src/collect/fetch.ts'
import { createAwsExport } from '../src/collectors/aws/exports.ts'
import { createRetry } from '../src/collectors/retry.ts'
import { parseConfig } from '../src/config.ts'
import { createGate } from '../src/pipeline/gate.ts'

// node bench/fetch-objects.ts ENDPOINT TARGET: what `collect` does before it imports: plan, then fetch, hash and prove every file.
const [endpoint = '', target = ''] = process.argv.slice(2)
const [config] = parseConfig({ sources: [{ name: 'aws', type: 'aws_export', bucket: 'bills', endpoint }] }).sources
if (config?.type !== 'aws_export') throw new Error('no source')
const { signal } = new AbortController()
const retry = createRetry({ source: 'aws', signal, random: Math.random })
const now = () => new Date()
const collector = createAwsExport(config, { retry, now, wait: async () => {}, env: () => undefined, cache: target })
const plan = await collector.plan({ periods: null, held: new Map() })
const context = { retry, signal, gate: createGate(4), onBytes: () => {}, onRows: () => {} }
for (const delivery of plan.deliveries) await fetchDelivery(delivery, target, context)
