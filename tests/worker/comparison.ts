import { env, exports } from 'cloudflare:workers'
import { expect, test } from 'vitest'
import { audienceId, type Manifest } from '../../src/edge/published.ts'
import { type EstateKeys, estateUrl, limitedTeam } from '../support/small-estate-facts.ts'
import { objectOf } from './published.ts'

/** Downloads that a server gives at once, less one. */
const width = 3
const compared = ['content-type', 'etag', 'cache-control', 'content-disposition', 'x-data-state', 'vary']

/** Asks Worker and full server for what is published: every mart, the pages, and of the many answers one in `step`. The engine does not write the same Parquet twice. */
export function comparison(keys: () => EstateKeys): void {
  test.each<[string, keyof EstateKeys, readonly string[] | null, number]>([
    ['everything', 'admin', null, 3],
    ['one team', 'team', [limitedTeam], 6],
  ])('what is published for %s is what the full server answers, byte for byte', async (_, name, teams, step) => {
    const key = keys()[name]
    const paths = addresses(await manifestOf(teams), step)
    expect(paths.length).toBeGreaterThan(150)
    const differing: unknown[] = []
    for (let start = 0; start < paths.length; start += width)
      await Promise.all(
        paths.slice(start, start + width).map(async (path) => {
          const [edge, whole] = await Promise.all([
            answerOf(exports.default, path, key),
            answerOf(env.ORACLE, path, key),
          ])
          if (edge.status !== 200 || JSON.stringify(edge) !== JSON.stringify(whole))
            differing.push({ path, edge, whole })
        }),
      )
    expect(differing).toEqual([])
  })
}

async function manifestOf(teams: readonly string[] | null): Promise<Manifest> {
  const bytes = await objectOf(`audiences/${await audienceId(teams)}/manifest.json`)
  return JSON.parse(new TextDecoder().decode(bytes)) as Manifest
}

function addresses(manifest: Manifest, step: number): string[] {
  const answers = Object.keys(manifest.answers)
    .filter((_, index) => index % step === 0)
    .map((key) => {
      const name = key.slice(0, key.indexOf(' '))
      const params = JSON.parse(key.slice(name.length)) as Record<string, string | null>
      const given = Object.entries(params).filter((one): one is [string, string] => one[1] !== null)
      return given.length === 0 ? name : `${name}?${new URLSearchParams(given)}`
    })
  const some = (every: number) => answers.filter((_, index) => index % every === 0)
  const marts = Object.keys(manifest.marts).flatMap((name) =>
    ['?limit=10000', '?limit=7', '?format=csv', '?format=parquet'].map((rest) => `${name}${rest}`),
  )
  const pages = ['/', '/?currency=EUR', '/?month=2026-09', '/queries', '/alerts', '/forecasts', '/openapi.json']
  const rest = [
    'queries',
    'sources',
    'reconciliation',
    'health',
    'alerts',
    'alerts?state=open',
    'alerts?provider=Cloud',
  ]
  return [
    ...[...answers, ...marts].map((name) => `/api/v1/queries/${name}`),
    ...some(10).map((name) => `/api/v1/queries/${name}${name.includes('?') ? '&' : '?'}format=csv`),
    ...[...some(10).map((name) => `/queries/${name}`), ...pages],
    ...[...rest, 'anomalies', 'forecasts', 'reports', 'costs', 'tag-coverage'].map((path) => `/api/v1/${path}`),
  ]
}

async function answerOf(fetcher: typeof exports.default, path: string, key: string) {
  const response = await fetcher.fetch(`${estateUrl}${path}`, { headers: { authorization: `Bearer ${key}` } })
  const body = await response.arrayBuffer()
  const isParquet = path.endsWith('parquet')
  const digest = [...new Uint8Array(await crypto.subtle.digest('SHA-256', body))].join()
  return {
    status: response.status,
    headers: compared.map((name) => response.headers.get(name)?.toLowerCase()),
    digest: isParquet ? '' : digest,
    begin: isParquet ? '' : new TextDecoder().decode(body).slice(0, 2000),
  }
}
