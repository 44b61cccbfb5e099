import { type Breakpoints, firstFlat, marginal } from './breakpoints.ts'
import { coveredSeries, type Instrument, type Series } from './instrument.ts'

/** What one on-demand currency unit of a series saves in an hour when it is covered: 1, or less where another commitment covers it. */
export type Saved = (index: number, hour: number) => number

/**
 * Units per hour of an instrument that save most on what is left, by the slopes at the breakpoints of all hours
 * (specs/commitments.md section 9); the smallest ones of a flat top.
 *
 * @param residual on-demand cost by series and hour
 * @param saved default: every covered unit is saved
 */
export function bestLevel(
  instrument: Instrument,
  series: readonly Series[],
  residual: readonly Float64Array[],
  saved?: Saved,
): number {
  const covered = coveredSeries(instrument, series)
  const hours = series[0]?.ode.length ?? 0
  const width = covered.length
  const rows: Breakpoints = {
    hours,
    starts: Uint32Array.from({ length: hours + 1 }, (_, hour) => hour * width),
    priced: new Float64Array(hours * width),
  }
  covered.forEach(([index, { per_ode }], place) => {
    const demand = residual[index] as Float64Array
    for (let hour = 0; hour < hours; hour++) {
      const row = hour * width + place
      rows.priced[row] = (place === 0 ? 0 : (rows.priced[row - 1] as number)) + (demand[hour] as number) * per_ode
    }
  })
  const price = instrument.unit_cost * hours
  const isRising = (level: number) => {
    let slope = 0
    for (let hour = 0; hour < hours; hour++) {
      const start = hour * width
      const row = marginal(rows.priced, start, start + width, level)
      if (row === start + width) continue
      const [index, draw] = covered[row - start] as readonly [number, { per_ode: number }]
      slope += (saved ? saved(index, hour) : 1) / draw.per_ode
    }
    return slope - price > 1e-9 * price
  }
  const row = firstFlat(rows, isRising)
  return row === null ? 0 : (rows.priced[row] as number)
}
