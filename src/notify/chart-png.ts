import { crc32, deflateSync } from 'node:zlib'
import type { HistoryPoint } from '../state/announcer.ts'

const palette = { paper: 0, axis: 1, band: 2, line: 3, last: 4 } as const
const colours = [
  [255, 255, 255],
  [190, 195, 200],
  [214, 228, 245],
  [38, 84, 150],
  [200, 40, 40],
]

/**
 * A small chart of the last 60 days as PNG with five colours: the expected range as a band, the cost as a line, the last day marked.
 *
 * @param size in pixels
 * @returns null with fewer than two known days
 */
export function chartPng(
  history: readonly HistoryPoint[],
  size: { readonly width: number; readonly height: number } = { width: 320, height: 90 },
): Buffer | null {
  const days = history.slice(-60).map(({ actual, low, high }) => ({
    actual: numberOf(actual),
    low: numberOf(low),
    high: numberOf(high),
  }))
  const known = days.flatMap(({ actual, low, high }) => [actual, low, high].filter((value) => value !== null))
  if (days.filter(({ actual }) => actual !== null).length < 2) return null
  const top = Math.max(...known, 0)
  const bottom = Math.min(...known, 0)
  const margin = 4
  const x = (day: number) => margin + Math.round((day * (size.width - 1 - 2 * margin)) / (days.length - 1))
  const y = (value: number) =>
    size.height - 1 - margin - Math.round(((value - bottom) / (top - bottom || 1)) * (size.height - 1 - 2 * margin))
  const canvas = createCanvas(size)
  for (const [index, { low, high }] of days.entries()) {
    const next = days[index + 1]
    if (low === null || high === null || next === undefined || next.low === null || next.high === null) continue
    for (let at = x(index); at <= x(index + 1); at += 1) {
      const share = (at - x(index)) / Math.max(1, x(index + 1) - x(index))
      canvas.line([at, y(low + share * (next.low - low))], [at, y(high + share * (next.high - high))], palette.band)
    }
  }
  canvas.line([margin, y(0)], [size.width - 1 - margin, y(0)], palette.axis)
  const points = days.flatMap(({ actual }, index) =>
    actual === null ? [] : [[x(index), y(actual)] as readonly [number, number]],
  )
  for (const [index, point] of points.entries()) {
    const before = points[index - 1]
    if (before) canvas.line(before, point, palette.line)
  }
  const [lastX = 0, lastY = 0] = points.at(-1) ?? []
  for (let step = -2; step <= 2; step += 1)
    canvas.line([lastX - 2, lastY + step], [lastX + 2, lastY + step], palette.last)
  return encode(canvas.pixels, size)
}

const numberOf = (text: string | null) => (text === null ? null : Number(text))

function createCanvas({ width, height }: { width: number; height: number }) {
  const pixels = new Uint8Array(width * height)
  return {
    pixels,
    line([x0, y0]: readonly [number, number], [x1, y1]: readonly [number, number], colour: number) {
      const steps = Math.max(Math.abs(x1 - x0), Math.abs(y1 - y0), 1)
      for (let step = 0; step <= steps; step += 1) {
        const x = Math.round(x0 + ((x1 - x0) * step) / steps)
        const y = Math.round(y0 + ((y1 - y0) * step) / steps)
        if (x >= 0 && x < width && y >= 0 && y < height) pixels[y * width + x] = colour
      }
    },
  }
}

/** Indexed PNG, one byte a pixel (https://www.w3.org/TR/png-3/). */
function encode(pixels: Uint8Array, { width, height }: { width: number; height: number }): Buffer {
  const rows = Buffer.alloc((width + 1) * height)
  for (let row = 0; row < height; row += 1)
    rows.set(pixels.subarray(row * width, (row + 1) * width), row * (width + 1) + 1)
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([8, 3, 0, 0, 0], 8)
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    chunk('PLTE', Buffer.from(colours.flat())),
    chunk('IDAT', deflateSync(rows, { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const length = Buffer.alloc(4)
  length.writeUInt32BE(data.length)
  const sum = Buffer.alloc(4)
  sum.writeUInt32BE(crc32(body))
  return Buffer.concat([length, body, sum])
}
