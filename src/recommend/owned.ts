import type { Warehouse } from '../warehouse/warehouse.ts'
import { insertRecords, runBase } from './prepare.ts'

/** Where a saving of the ledger is made. */
export interface Placed {
  readonly finding_id: string
  readonly sub_account_id: string | null
  readonly resource_id: string | null
}

/**
 * Of these savings those on resources, else in accounts, that the teams of `warehouse` own alone, in the same order; what nobody can be sure
 * of is left out. `warehouse` is one of some teams: it has the tables `owned_resources` and `owned_accounts`.
 */
export async function ownedOf<Entry extends Placed>(
  warehouse: Warehouse,
  entries: readonly Entry[],
): Promise<readonly Entry[]> {
  const places = entries.map(({ finding_id, sub_account_id, resource_id }) => ({
    ...{ finding_id, sub_account_id, resource_id },
  }))
  await insertRecords(
    warehouse,
    'ledger_places',
    'finding_id varchar, sub_account_id varchar, resource_id varchar',
    places,
  )
  const { rows } = await runBase(warehouse, 'owned_savings')
  const own = new Set(rows.map(({ finding_id }) => String(finding_id)))
  return entries.filter(({ finding_id }) => own.has(finding_id))
}
