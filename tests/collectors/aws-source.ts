import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { expect } from 'vitest'
import { createAwsExport } from '../../src/collectors/aws/exports.ts'
import type { Collector, CollectorContext, ObjectFile, Plan, RemoteDelivery } from '../../src/collectors/collector.ts'
import { sourceSchema } from '../../src/config-sources.ts'
import { discover } from '../../src/lake/discover.ts'
import { testContext } from './context.ts'

type Keys = Readonly<Record<string, unknown>>

/** The collector of a source of type `aws_export` at a fake; `keys` are those of costwright.yaml. */
export function awsExport(url: string, context: CollectorContext, keys: Keys = {}): Collector {
  const config = sourceSchema.parse({ type: 'aws_export', name: 'aws', bucket: 'bills', endpoint: url, ...keys })
  if (config.type !== 'aws_export') throw new Error('another type')
  return createAwsExport(config, context)
}

export function planOf(
  url: string,
  keys: Keys = {},
  request: { periods?: string[]; held?: string[] } = {},
): Promise<Plan> {
  const held = new Map((request.held ?? []).map((unit) => [unit, { mark: 'held', collected_at: '' }]))
  return awsExport(url, testContext(), keys).plan({ periods: request.periods ?? null, held })
}

/** A folder with the files of a delivery. */
export async function onDisk({ files }: RemoteDelivery): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'aws-exports-'))
  for (const file of files as readonly ObjectFile[]) {
    const { body } = await file.open(0, new AbortController().signal)
    mkdirSync(dirname(join(folder, file.name)), { recursive: true })
    writeFileSync(join(folder, file.name), await buffer(body))
  }
  return folder
}

/** What `discover` takes from a delivery's folder, as paths in it. */
export async function discovered(delivery: RemoteDelivery): Promise<string[]> {
  const folder = await onDisk(delivery)
  const { candidates, warnings } = discover([folder])
  expect(warnings).toEqual([])
  expect(candidates).toHaveLength(1)
  expect(candidates[0]?.manifest).not.toBeNull()
  return (candidates[0]?.files ?? []).map((file) => file.slice(folder.length + 1)).sort()
}

export const only = (deliveries: readonly RemoteDelivery[]): RemoteDelivery => {
  expect(deliveries).toHaveLength(1)
  return deliveries[0] as RemoteDelivery
}
