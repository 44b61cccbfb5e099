import type { CustomSeriesRenderItemAPI, CustomSeriesRenderItemParams } from 'echarts'
import { palette } from '../web/palette.ts'
import type { ChartPlace } from './chart.ts'
import type { Chart } from './document.ts'
import { shorten, writeCell, writeTick } from './write-value.ts'

interface Step {
  readonly from: number
  readonly to: number
  readonly isLevel: boolean
}

/** Steps from the first level to the last one, top to bottom. The axis need not begin at 0: the changes would be too small to see. */
export function bridge(chart: Chart, place: ChartPlace): Readonly<Record<string, unknown>> {
  const { fontSize, font, width } = place
  const steps = stepsOf(chart)
  const names = chart.categories.map((name) => shorten(name, 24))
  const left = Math.max(...names.map((name) => name.length)) * fontSize * 0.53 + 8
  const label = { color: palette.soft, fontSize, fontFamily: font }
  return {
    grid: { left, right: fontSize * 4.6, top: 4, bottom: 4 },
    xAxis: { type: 'value', ...extentOf(steps), show: false },
    yAxis: {
      type: 'category',
      inverse: true,
      data: names,
      axisTick: { show: false },
      axisLine: { show: false },
      axisLabel: { ...label, color: palette.ink, margin: 6 },
    },
    series: [
      {
        type: 'custom',
        clip: false,
        data: steps.map(({ from, to }, index) => [from, to, index]),
        encode: { x: [0, 1], y: 2 },
        renderItem: (_: CustomSeriesRenderItemParams, api: CustomSeriesRenderItemAPI) =>
          drawStep(api, steps, { text: (index) => textOf(chart, place, steps[index], index), label, width }),
      },
    ],
  }
}

function stepsOf({ series }: Chart): Step[] {
  const values = (series[0]?.values ?? []).map(Number)
  let level = 0
  return values.map((value, index) => {
    const isLevel = index === 0 || index === values.length - 1
    const from = isLevel ? 0 : level
    level = isLevel ? value : level + value
    return { from, to: level, isLevel }
  })
}

/** From a little below the lowest level to the highest, or from 0 where the changes are of the levels' size. */
function extentOf(steps: readonly Step[]): { min: number; max: number } {
  const levels = steps.map(({ to }) => to)
  const [low, high] = [Math.min(...levels), Math.max(...levels)]
  const spread = high - low || Math.abs(high) || 1
  const min = low > 0 && low > 2 * spread ? low - spread * 0.6 : Math.min(0, low)
  return { min, max: Math.max(high, min < 0 ? 0 : high) }
}

interface Drawn {
  text(index: number): string
  readonly label: object
  readonly width: number
}

function drawStep(api: CustomSeriesRenderItemAPI, steps: readonly Step[], { text, label }: Drawn) {
  const index = Number(api.value(2))
  const step = steps[index] ?? { from: 0, to: 0, isLevel: false }
  const min = extentOf(steps).min
  const at = (value: number) => (api.coord([Math.max(value, min), index]) as [number, number])[0]
  const middle = (api.coord([0, index]) as [number, number])[1]
  const [, room = 25] = (api.size?.([0, 1]) ?? []) as number[]
  const thick = Math.min(16, room * 0.64)
  const [a, b] = [at(step.from), at(step.to)]
  const [x, width] = [Math.min(a, b), Math.max(1, Math.abs(b - a))]
  const fill = step.isLevel ? palette.series[0] : step.to >= step.from ? palette.series[4] : palette.series[2]
  return {
    type: 'group',
    children: [
      { type: 'rect', shape: { x, y: middle - thick / 2, width, height: thick }, style: { fill } },
      {
        type: 'text',
        style: {
          ...label,
          text: text(index),
          x: x + width + 4,
          y: middle,
          fill: palette.ink,
          verticalAlign: 'middle',
          font: undefined,
        },
      },
    ],
  } as const
}

function textOf(chart: Chart, { currency }: ChartPlace, step: Step | undefined, index: number): string {
  const value = Number(chart.series[0]?.values[index] ?? 0)
  const text =
    Math.abs(value) < 1000 ? writeCell(String(value), chart.unit, currency) : writeTick(value, chart.unit, currency)
  return step?.isLevel || value <= 0 ? text : `+${text}`
}
