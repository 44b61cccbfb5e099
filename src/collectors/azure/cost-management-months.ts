import type { Held, PlanRequest } from '../collector.ts'

/** A month to ask for. */
export interface Month {
  /** `YYYY-MM` */
  readonly name: string
  /** First day and last day, `YYYY-MM-DD`; the last one no later than today. */
  readonly first: string
  readonly last: string
  /** First day of the next month. */
  readonly end: string
  /** Recognises the delivery: a day while the month can change, then `final`. */
  readonly mark: string
}

/** Months that Cost Management still answers for; the current one is the first. Documented 2026: 13 months back. */
const history = 13

/**
 * Months to ask for, oldest first: those asked, else those that can still change and older ones whose final figures `held` lacks.
 * An open month is a new delivery each UTC day (Azure refreshes costs about every 4 hours, a delivery a day is enough).
 */
export function planMonths(
  { periods, held }: PlanRequest,
  part: string,
  options: { now: Date; lookBackMonths: number },
): { months: Month[]; tooOld: string[] } {
  const today = options.now.toISOString().slice(0, 10)
  const current = today.slice(0, 7)
  const open = Array.from({ length: options.lookBackMonths }, (_, back) => addMonths(current, -back))
  const older = Array.from({ length: history }, (_, back) => addMonths(current, -back)).filter((name) =>
    isUnfinished(held.get(`${part}/${name}`)),
  )
  const wanted = periods ?? [...new Set([...open, ...older])]
  const oldest = addMonths(current, -history)
  const names = wanted.filter((name) => name <= current && name >= oldest).sort()
  return {
    months: names.map((name) => monthOf(name, today, open.includes(name))),
    tooOld: wanted.filter((name) => name < oldest),
  }
}

function isUnfinished(held: Held | undefined): boolean {
  return held?.mark !== 'final'
}

function monthOf(name: string, today: string, isOpen: boolean): Month {
  const end = `${addMonths(name, 1)}-01`
  const lastDay = new Date(Date.parse(end) - 86_400_000).toISOString().slice(0, 10)
  return {
    name,
    first: `${name}-01`,
    last: lastDay < today ? lastDay : today,
    end,
    mark: isOpen ? today : 'final',
  }
}

/** `addMonths('2026-01', -1)` is `'2025-12'`. */
export function addMonths(month: string, count: number): string {
  const [year = 0, number = 1] = month.split('-').map(Number)
  return new Date(Date.UTC(year, number - 1 + count, 1)).toISOString().slice(0, 7)
}
