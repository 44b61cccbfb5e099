import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Layout, slug } from '../lake/layout.ts'
import type { IssuedForecast, StoredForecast } from './issued.ts'

/**
 * Keeps a forecast for good in `lake/forecasts`, one file each, named by origin, currency and content. The same forecast again is
 * the one that is there, with its first instant.
 *
 * @param issuedAt ISO instant
 */
export function storeForecast(layout: Layout, forecast: IssuedForecast, issuedAt: string): StoredForecast {
  const digest = createHash('sha256').update(JSON.stringify(forecast)).digest('hex').slice(0, 12)
  const id = `${forecast.origin}-${slug(forecast.currency)}-${digest}`
  const path = join(layout.forecasts, `${id}.json`)
  if (existsSync(path)) return JSON.parse(readFileSync(path, 'utf8')) as StoredForecast
  const stored: StoredForecast = { id, issued_at: issuedAt, ...forecast }
  mkdirSync(layout.forecasts, { recursive: true })
  const draft = `${path}.${process.pid}.tmp`
  try {
    writeFileSync(draft, `${JSON.stringify(stored)}\n`)
    renameSync(draft, path)
  } finally {
    rmSync(draft, { force: true })
  }
  return stored
}

/** Every stored forecast, by origin, then by the instant of its issue. */
export function readForecasts(layout: Layout): StoredForecast[] {
  return names(layout)
    .map((name) => readForecast(layout, name))
    .sort((a, b) => (a.origin + a.issued_at < b.origin + b.issued_at ? -1 : 1))
}

/** Reader of each currency's newest forecast: latest origin, then latest issue. Files never change, so each is read once. */
export function newestForecasts(layout: Layout): () => readonly StoredForecast[] {
  const known = new Map<string, StoredForecast>()
  return () => {
    const groups = Map.groupBy(names(layout), (name) => name.slice(originLength, name.lastIndexOf('-')))
    return [...groups.values()].map((group) => {
      const last = group.at(-1)?.slice(0, originLength) as string
      const candidates = group
        .filter((name) => name.startsWith(last))
        .map((name) => {
          const forecast = known.get(name) ?? readForecast(layout, name)
          known.set(name, forecast)
          return forecast
        })
      return candidates.reduce((newest, one) => (one.issued_at > newest.issued_at ? one : newest))
    })
  }
}

const originLength = '2026-10-20'.length

function names(layout: Layout): string[] {
  if (!existsSync(layout.forecasts)) return []
  return readdirSync(layout.forecasts)
    .filter((name) => name.endsWith('.json'))
    .sort()
}

function readForecast(layout: Layout, name: string): StoredForecast {
  return JSON.parse(readFileSync(join(layout.forecasts, name), 'utf8')) as StoredForecast
}
