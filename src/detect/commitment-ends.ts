import { readQuery } from '../catalog/files.ts'
import type { Warehouse } from '../warehouse/warehouse.ts'
import { dateAt } from './input.ts'
import { accountKey, type CompleteDays } from './lake-series.ts'
import { tuning } from './tuning.ts'

/** A commitment that ended and was not replaced. Amounts are of one day, decimal text. */
export interface CommitmentEnd {
  readonly provider: string
  readonly account: string
  readonly service: string
  readonly team: string
  readonly commitment_id: string
  /** First day without it. */
  readonly ended_on: string
  readonly effective_cost: string
  readonly on_demand_cost: string
  /** `account/service` of the usage that it covered. */
  readonly covered: readonly string[]
}

/** Complete days without a charge that show the end. */
export const daysWithout = 2

/** Commitments whose end is certain, and whose lost discount passes the impact limits of detection over `daysWithout` days. */
export async function commitmentEnds(
  warehouse: Warehouse,
  currency: string,
  complete: CompleteDays,
): Promise<CommitmentEnd[]> {
  const { rows } = await warehouse.query(readQuery('detectors/commitment_ends.sql'), { currency })
  return (rows as unknown as readonly CommitmentEnd[]).filter((end) => {
    const through = complete.get(accountKey(end.provider, end.account))
    const usual = Number(end.effective_cost)
    const lost = Number(end.on_demand_cost) - usual
    return (
      through !== undefined &&
      dateAt(end.ended_on, daysWithout) <= through &&
      daysWithout * lost >= tuning.minAmount &&
      100 * lost >= tuning.minPercent * usual
    )
  })
}
