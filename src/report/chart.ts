import { palette } from '../web/palette.ts'
import type { Chart, Series } from './document.ts'
import { textWidth } from './text-width.ts'
import { writeTick } from './write-value.ts'

/** Where a chart goes: size in its own units, and the type it is set in. */
export interface ChartPlace {
  readonly width: number
  readonly height: number
  readonly font: string
  readonly fontSize: number
  readonly currency: string
}

type Option = Readonly<Record<string, unknown>>

let engine: Promise<typeof import('echarts/core')> | undefined

/** The parts of ECharts that reports draw with, loaded when the first chart is drawn. */
function loadEngine(): Promise<typeof import('echarts/core')> {
  engine ??= (async () => {
    const [core, charts, components, renderers] = await Promise.all([
      import('echarts/core'),
      import('echarts/charts'),
      import('echarts/components'),
      import('echarts/renderers'),
    ])
    core.use([
      charts.BarChart,
      charts.LineChart,
      charts.ScatterChart,
      charts.CustomChart,
      components.GridComponent,
      components.LegendComponent,
      components.MarkLineComponent,
      renderers.SVGRenderer,
    ])
    return core
  })()
  return engine
}

/**
 * A chart as SVG text without scripts, styles or references; the same chart gives the same text.
 *
 * Values are lengths to draw here, so they may be numbers; the figures themselves stand in the tables.
 */
export async function chartSvg(chart: Chart, place: ChartPlace): Promise<string> {
  const core = await loadEngine()
  const drawing = core.init(null, null, { renderer: 'svg', ssr: true, width: place.width, height: place.height })
  drawing.setOption({ ...frameOf(place), ...(await drawers[chart.kind](chart, place)) })
  const svg = drawing.renderToSVGString()
  drawing.dispose()
  return plain(svg, chart)
}

/** Without what only a browser could use: hover styles, classes, bookkeeping of the engine, ids that count up. */
function plain(svg: string, { id, title }: Chart): string {
  const name = title.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
  return svg
    .replaceAll(/<style[\s\S]*?<\/style>/g, '')
    .replaceAll(/ (?:class|ecmeta_\w+|pointer-events|xmlns:xlink|baseProfile|version)="[^"]*"/g, '')
    .replaceAll(/\bzr\d+-/g, `${id}-`)
    .replaceAll(/\n+/g, '')
    .replace('<svg ', `<svg role="img" aria-label="${name}" `)
}

function frameOf({ font, fontSize }: ChartPlace): Option {
  return {
    animation: false,
    silent: true,
    color: [...palette.series],
    textStyle: { fontFamily: font, fontSize, color: palette.soft },
  }
}

const drawers: Readonly<Record<Chart['kind'], (chart: Chart, place: ChartPlace) => Promise<Option>>> = {
  columns: async (chart, place) => columns(chart, place, undefined),
  stacked: async (chart, place) => columns(chart, place, 'all'),
  lines: async (chart, place) => lines(chart, place),
  bridge: async (chart, place) => (await import('./chart-bridge.ts')).bridge(chart, place),
}

const numbers = (values: Series['values']) => values.map((value) => (value === null ? null : Number(value)))

/** Grid, axes and legend that columns and lines have in common. */
function plane(chart: Chart, place: ChartPlace, valueAxis: Option = {}): Option {
  const { fontSize, currency } = place
  const hasLegend = chart.series.length > 1
  const legendLines = hasLegend ? linesOfLegend(chart, place) : 0
  const label = { color: palette.soft, fontSize, fontFamily: place.font }
  const longest = Math.max(
    ...chart.series.flatMap(({ values }) => numbers(values).map((value) => tickLength(value, chart, currency))),
  )
  return {
    grid: {
      left: 10 + longest * fontSize * 0.58,
      right: 8,
      top: fontSize * (1 + legendLines * 1.55),
      bottom: fontSize * (chart.categories.some((name) => name.includes('\n')) ? 3.1 : 1.9),
    },
    ...(hasLegend && {
      legend: {
        top: 0,
        left: 0,
        itemWidth: fontSize,
        itemHeight: fontSize * 0.7,
        itemGap: fontSize,
        padding: [0, 0, 0, 0],
        textStyle: label,
        data: chart.series.filter(({ role }) => role !== 'low').map(({ name }) => name),
      },
    }),
    xAxis: {
      type: 'category',
      data: [...chart.categories],
      axisTick: { show: false },
      axisLine: { lineStyle: { color: palette.rule } },
      axisLabel: { ...label, interval: chart.categories.length * fontSize * 2.4 > place.width ? 1 : 0 },
    },
    yAxis: {
      type: 'value',
      splitNumber: 3,
      axisLabel: { ...label, formatter: (value: number) => writeTick(value, chart.unit, currency) },
      splitLine: { lineStyle: { color: palette.line } },
      ...valueAxis,
    },
  }
}

/** How many lines the names of the series take, as the engine breaks them. */
function linesOfLegend({ series }: Chart, { width, fontSize }: ChartPlace): number {
  let [lines, used] = [1, 0]
  for (const { name } of series) {
    const item = fontSize * 2.7 + textWidth(name, fontSize)
    if (used > 0 && used + item > width) [lines, used] = [lines + 1, 0]
    used += item
  }
  return lines
}

function tickLength(value: number | null, chart: Chart, currency: string): number {
  return value === null ? 1 : writeTick(Number(value.toPrecision(2)), chart.unit, currency).length
}

function columns(chart: Chart, place: ChartPlace, stack: string | undefined): Option {
  const bars = chart.series.filter(({ role }) => role !== 'plan')
  const plans = chart.series.filter(({ role }) => role === 'plan')
  const step = (place.width - 60) / Math.max(1, chart.categories.length)
  return {
    ...plane(chart, place),
    series: [
      ...bars.map(({ name, values, role }, index) => ({
        type: 'bar',
        name,
        data: numbers(values),
        ...(stack && { stack }),
        barMaxWidth: 34,
        barCategoryGap: '35%',
        itemStyle: {
          color: palette.series[index % palette.series.length],
          ...(role === 'estimate' && { opacity: 0.45 }),
        },
      })),
      ...plans.map(({ name, values }) => ({
        type: 'scatter',
        name,
        data: numbers(values),
        symbol: 'rect',
        symbolSize: [Math.min(40, step * 0.82), 2.2],
        itemStyle: { color: palette.ink },
        z: 5,
      })),
    ],
  }
}

const dashes = ['solid', 'dashed', 'dotted', [6, 2, 2, 2], [2, 2], 'solid'] as const
const marks = ['circle', 'rect', 'triangle', 'diamond', 'emptyCircle', 'emptyRect'] as const

/** Lines differ in colour, dash and mark, so that they are told apart in grey. */
function lines(chart: Chart, place: ChartPlace): Option {
  const { target } = chart
  return {
    ...plane(chart, place, { scale: true }),
    series: chart.series.map(({ name, values }, index) => ({
      type: 'line',
      name,
      data: numbers(values),
      clip: false,
      symbol: marks[index % marks.length],
      symbolSize: place.fontSize * 0.45,
      lineStyle: {
        width: 1.6,
        type: dashes[index % dashes.length],
        color: palette.series[index % palette.series.length],
      },
      itemStyle: { color: palette.series[index % palette.series.length] },
      ...(index === 0 && target && { markLine: targetLine(target, place) }),
    })),
  }
}

function targetLine({ value, label }: { value: string; label: string }, { font, fontSize }: ChartPlace): Option {
  return {
    symbol: 'none',
    lineStyle: { color: palette.soft, type: 'dashed', width: 1 },
    label: {
      formatter: label,
      position: 'insideStartBottom',
      color: palette.soft,
      fontFamily: font,
      fontSize: fontSize * 0.9,
    },
    data: [{ yAxis: Number(value) }],
  }
}
