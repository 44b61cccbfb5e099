import type { Target } from '../api/context.ts'
import type { Status } from './document.ts'
import type { ReportSource } from './source.ts'

/** A KPI's limits in words and a value's status against them. */
export interface Held {
  readonly target: string | null
  status(value: number | null): Status
}

const holds: Readonly<Record<string, (value: number, limit: number) => boolean>> = {
  '>': (value, limit) => value > limit,
  '>=': (value, limit) => value >= limit,
  '<': (value, limit) => value < limit,
  '<=': (value, limit) => value <= limit,
  'abs<=': (value, limit) => Math.abs(value) <= limit,
}

/**
 * The targets of a KPI (specs/kpis.md section 2). Where there are two limits, reaching the near one satisfies the charter.
 *
 * @param unit `ratio` for a KPI whose limits are fractions, `percent` for one that counts percent
 */
export function heldTo(source: Pick<ReportSource, 'lake'>, kpi: string, unit: 'ratio' | 'percent'): Held {
  const target = source.lake.targets.find((one) => one.kpi === kpi)
  return {
    target: target ? wordsOf(target, unit) : null,
    status(value) {
      if (value === null) return 'not_computable'
      if (!target) return 'no_target'
      const isWithin = holds[target.comparison]
      if (isWithin?.(value, target.met)) return 'met'
      return target.near !== null && isWithin?.(value, target.near) ? 'near' : 'missed'
    },
  }
}

function wordsOf({ comparison, met, near }: Target, unit: 'ratio' | 'percent'): string {
  const limits = (near === null || near === met ? [met] : [near, met]).map((value) =>
    String(Number((unit === 'ratio' ? value * 100 : value).toPrecision(6))).replace('-', '−'),
  )
  const sign = { '>': '> ', '>=': '≥ ', '<': '< ', '<=': '≤ ', 'abs<=': '±' }[comparison] ?? ''
  const range = comparison === 'abs<=' || comparison.startsWith('<') ? limits.toReversed().join('–') : limits.join('–')
  return `${sign}${range}\u00a0%`
}
