import type { CostManagementConfig } from '../../src/collectors/azure/arm.ts'
import { createCostManagement } from '../../src/collectors/azure/cost-management.ts'
import type { Collector, RemoteDelivery, RowsFile } from '../../src/collectors/collector.ts'
import { sourceSchema } from '../../src/config-sources.ts'
import type { FakeArm } from '../fakes/arm.ts'
import { testContext } from './context.ts'

export const subscription = '11111111-1111-1111-1111-111111111111'
export const account = 'providers/Microsoft.Billing/billingAccounts/8611537'
export const signal = new AbortController().signal

type More = Readonly<Record<string, unknown>>
export type Row = Readonly<Record<string, unknown>>

/** A source at the fake: one subscription, the current month alone, unless `more` says otherwise. */
export function configure(arm: FakeArm, more: More = {}): CostManagementConfig {
  return sourceSchema.parse({
    name: 'azure',
    type: 'azure_cost_management',
    scope: `subscriptions/${subscription}`,
    endpoint: arm.url,
    look_back_months: 1,
    ...more,
  }) as CostManagementConfig
}

export const collector = (arm: FakeArm, more: More = {}, context = testContext()): Collector =>
  createCostManagement(configure(arm, more), context)

/** The delivery of one unit, of all that are planned. */
export async function deliveryOf(one: Collector, unit: string): Promise<RemoteDelivery> {
  const { deliveries } = await one.plan({ periods: null, held: new Map() })
  const found = deliveries.find((delivery) => delivery.unit === unit)
  if (!found) throw new Error(`no ${unit} among ${deliveries.map((delivery) => delivery.unit).join(', ')}`)
  return found
}

/** All rows of one unit. */
export async function rowsOf(arm: FakeArm, unit: string, more: More, context = testContext()): Promise<Row[]> {
  const rows: Row[] = []
  const { files } = await deliveryOf(collector(arm, more, context), unit)
  for (const file of files) for await (const row of (file as RowsFile).read(signal)) rows.push(row)
  return rows
}

/** An error of Resource Manager, for the fault server. */
export const failing = (
  status: number,
  code: string,
  message: string,
  headers: Readonly<Record<string, string>> = {},
) =>
  ({
    kind: 'status',
    status,
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ error: { code, message } }),
  }) as const
