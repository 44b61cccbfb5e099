import type { GroupScore } from './metrics.ts'

type Group = 'total' | 'aggregates' | 'leaves'
type Figure = (group: Group, pick: (score: GroupScore) => number) => number

interface Goal {
  readonly area: string
  readonly group: Group
  readonly pick: (score: GroupScore) => number
  /** Largest value allowed, or the middle of a range. */
  readonly goal: number
  /** Half the width of the range; absent for a largest value. */
  readonly range?: number
}

const sums: readonly Goal[] = [
  { area: 'month end WAPE %', group: 'total', pick: (s) => s.month.wape, goal: 1.5 },
  { area: 'month end MdAPE %', group: 'aggregates', pick: (s) => s.month.mdape, goal: 1 },
  { area: 'month end WAPE %', group: 'aggregates', pick: (s) => s.month.wape, goal: 2.5 },
  { area: 'month end P90 %', group: 'aggregates', pick: (s) => s.month.p90, goal: 5 },
  { area: 'month end MdAPE %', group: 'leaves', pick: (s) => s.month.mdape, goal: 1.5 },
  { area: 'month end P90 %', group: 'leaves', pick: (s) => s.month.p90, goal: 8 },
  { area: 'next quarter MdAPE %', group: 'aggregates', pick: (s) => s.quarter.mdape, goal: 5 },
  { area: 'next quarter WAPE %', group: 'aggregates', pick: (s) => s.quarter.wape, goal: 7 },
  { area: 'next quarter MdAPE %', group: 'leaves', pick: (s) => s.quarter.mdape, goal: 7.5 },
  { area: 'MASE h30', group: 'aggregates', pick: (s) => s.mase, goal: 0.6 },
  { area: 'MASE h30', group: 'leaves', pick: (s) => s.mase, goal: 0.95 },
  { area: 'MSIS95', group: 'aggregates', pick: (s) => s.msis, goal: 9 },
]

const coverage = (['aggregates', 'leaves'] as const).flatMap((group): Goal[] => [
  { area: 'days inside 80 % band', group, pick: (s) => s.day80, goal: 80, range: 3 },
  { area: 'days inside 95 % band', group, pick: (s) => s.day95, goal: 95, range: 2 },
  { area: 'month end inside 80 % band', group, pick: (s) => s.month.in80, goal: 80, range: 3 },
  { area: 'month end inside 95 % band', group, pick: (s) => s.month.in95, goal: 95, range: 2 },
  { area: 'quarter inside 80 % band', group, pick: (s) => s.quarter.in80, goal: 80, range: 3 },
  { area: 'quarter inside 95 % band', group, pick: (s) => s.quarter.in95, goal: 95, range: 2 },
])

/** The goals of specs/forecast.md section 8 with what was measured; a missed one shows its distance. */
export function goals(figure: Figure): Record<string, string>[] {
  return [...sums, ...coverage].map(({ area, group, pick, goal, range }) => {
    const value = figure(group, pick)
    const miss = range === undefined ? value - goal : Math.abs(value - goal) - range
    return {
      group,
      figure: area,
      goal: range === undefined ? `<= ${goal}` : `${goal} +- ${range}`,
      measured: value.toFixed(2),
      result: miss <= 0 ? 'met' : `missed by ${miss.toFixed(2)}`,
    }
  })
}
