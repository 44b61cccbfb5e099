import type { Format } from '../formats/format.ts'
import { formats } from '../formats/registry.ts'
import type { LakeVersion } from '../lake/journal.ts'
import type { Warehouse } from '../warehouse/warehouse.ts'
import type { NewPart } from './period.ts'
import { parquetOf } from './totals.ts'

/** Whether a version was delivered in a format that is less detailed than an export of the same bill. */
export function isCoarse({ format }: Pick<LakeVersion, 'format'>): boolean {
  return formats.some(({ id, coarse }) => id === format && coarse === true)
}

/**
 * The version in whose favour a coarse delivery is left out: the same month of the same billing account, held in more detail, under
 * whatever source name. Null when the delivery is not coarse, or nothing finer is held.
 */
export async function finerVersion(
  warehouse: Warehouse,
  format: Format,
  target: { readonly source: string; readonly period: string },
  delivered: readonly NewPart[],
  current: readonly LakeVersion[],
): Promise<LakeVersion | null> {
  const finer = current.filter((version) => version.period === target.period && !isCoarse(version))
  if (!format.coarse || finer.length === 0 || delivered.length === 0) return null
  const { rows } = await warehouse.query(
    `select distinct "BillingAccountId" as account from ${parquetOf(delivered.flatMap((part) => part.files))}`,
  )
  const accounts = new Set(rows.map(({ account }) => String(account)))
  return (
    finer.find(
      ({ source, totals }) => source === target.source || totals.billing_accounts.some((one) => accounts.has(one)),
    ) ?? null
  )
}
