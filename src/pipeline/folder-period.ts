import { sep } from 'node:path'
import type { RawFile } from './fresh-parts.ts'
import type { NewPart } from './period.ts'

/** Says which files lie in the folder of a billing period that their rows do not name. Rows are stored under their own dates. */
export function folderWarnings(
  raw: readonly RawFile[],
  parts: ReadonlyMap<string, readonly Pick<NewPart, 'raw'>[]>,
): string[] {
  return raw.flatMap(({ stamp, rawName }) => {
    const stated = stamp.origin.split(sep).map(periodOfFolder).findLast(Boolean)
    if (!stated) return []
    const others = [...parts].flatMap(([period, list]) =>
      period !== stated && list.some((part) => part.raw === rawName) ? [period] : [],
    )
    return others.length === 0
      ? []
      : [`${stamp.origin} lies in the folder of ${stated} and holds rows of ${others.sort().join(', ')}, stored there`]
  })
}

/** `BILLING_PERIOD=2026-03` and `20260301-20260401` name a month. */
function periodOfFolder(name: string): string | null {
  const [, year, month] = /^billing_period=(\d{4})-(\d{2})$/i.exec(name) ?? /^(\d{4})(\d{2})01-\d{8}$/.exec(name) ?? []
  return year && month ? `${year}-${month}` : null
}
