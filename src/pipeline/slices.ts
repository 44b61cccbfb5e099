import type { LakeVersion, Part } from '../lake/journal.ts'
import type { Layout } from '../lake/layout.ts'
import type { Warehouse } from '../warehouse/warehouse.ts'
import type { NewPart } from './period.ts'
import { parquetOf } from './totals.ts'

/** Up to this share of rows on another slice's days are late rows of those days, not that slice delivered again. */
const lateShare = 0.1

/**
 * The parts of a billing period that a further delivery leaves standing because it is about other days: Oracle and some SaaS
 * vendors deliver each day once, where others deliver the month to date. A few late rows of earlier days do not replace those
 * days; a delivery that repeats a part's days does.
 */
export async function partsOfOtherDays(
  warehouse: Warehouse,
  layout: Layout,
  previous: LakeVersion,
  fresh: readonly NewPart[],
): Promise<Part[]> {
  const incoming = parquetOf(fresh.flatMap((part) => part.files))
  const standing: Part[] = []
  for (const part of previous.parts) {
    const { rows } = await warehouse.query(
      `with held as (
           select cast("ChargePeriodStart" as date) as day, count(*) as n from ${parquetOf(part.files.map(layout.resolve))} group by 1
           qualify n >= $late * max(n) over ()
       ),
       arriving as (select cast("ChargePeriodStart" as date) as day, count(*) as n from ${incoming} group by 1)
       select
           coalesce(sum(arriving.n) filter (held.day is not null), 0) <= $late * least((select sum(n) from held), sum(arriving.n)) as stands
       from arriving left join held using (day)`,
      { late: lateShare },
    )
    if (rows[0]?.['stands'] === true) standing.push(part)
  }
  return standing
}
