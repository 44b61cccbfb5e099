import { env, exports } from 'cloudflare:workers'
import { beforeAll, expect, test } from 'vitest'
import type { CatalogEntry } from '../../src/catalog/catalog.ts'
import { audienceId, type Manifest } from '../../src/edge/published.ts'
import { type EstateKeys, estateUrl, limitedTeam } from '../support/small-estate-facts.ts'
import { objectOf, seed } from './published.ts'

let keys: EstateKeys
beforeAll(async () => {
  keys = await seed()
})

const manifestOf = async (teams: readonly string[] | null) =>
  JSON.parse(new TextDecoder().decode(await objectOf(`audiences/${await audienceId(teams)}/manifest.json`))) as Manifest

/** Addresses of everything that is published. */
async function addresses(manifest: Manifest): Promise<string[]> {
  const answers = Object.keys(manifest.answers).map((key) => {
    const name = key.slice(0, key.indexOf(' '))
    const params = JSON.parse(key.slice(name.length)) as Record<string, string | null>
    const given = Object.entries(params).filter((one): one is [string, string] => one[1] !== null)
    return { name, query: new URLSearchParams(given).toString() }
  })
  const marts = Object.keys(manifest.marts)
  return [
    ...answers.map(({ name, query }) => `/api/v1/queries/${name}?${query}`),
    ...answers
      .filter((_, index) => index % 10 === 0)
      .map(({ name, query }) => `/api/v1/queries/${name}?${query}&format=csv`),
    ...answers.filter((_, index) => index % 25 === 0).map(({ name, query }) => `/queries/${name}?${query}`),
    ...marts.flatMap((name) => [
      ...['?limit=10000', '?limit=7', '?format=csv', '?format=parquet'].map((rest) => `/api/v1/queries/${name}${rest}`),
    ]),
    ...['/', '/queries', '/alerts', '/forecasts', '/?currency=EUR', '/?month=2026-09', '/openapi.json'],
    ...['queries', 'sources', 'reconciliation', 'health', 'alerts', 'alerts?state=open', 'alerts?provider=Cloud'].map(
      (path) => `/api/v1/${path}`,
    ),
    ...['anomalies', 'forecasts', 'reports', 'costs', 'tag-coverage', 'commitments', 'variance?granularity=x'].map(
      (path) => `/api/v1/${path}`,
    ),
  ]
}

const compared = ['content-type', 'etag', 'cache-control', 'content-disposition', 'x-data-state', 'vary']
/** What names a request, and the paragraph on a computed age, which the minute decides. */
const normal = (body: string) => body.replaceAll(/urn:request:[\w-]+/g, 'urn:request:-')

async function answerOf(fetcher: { fetch: typeof exports.default.fetch }, path: string, key: string) {
  const response = await fetcher.fetch(`${estateUrl}${path}`, { headers: { authorization: `Bearer ${key}` } })
  const body = new Uint8Array(await response.arrayBuffer())
  const digest = path.includes('parquet') ? [...new Uint8Array(await crypto.subtle.digest('SHA-256', body))].join() : ''
  return {
    status: response.status,
    headers: compared.map((name) => response.headers.get(name)?.toLowerCase()),
    body: digest || normal(new TextDecoder().decode(body)),
  }
}

test.each<[string, keyof EstateKeys, readonly string[] | null]>([
  ['everything', 'admin', null],
  ['one team', 'team', [limitedTeam]],
])('all that is published for %s is what the full server answers, byte for byte', async (_, key, teams) => {
  const paths = await addresses(await manifestOf(teams))
  expect(paths.length).toBeGreaterThan(200)
  const t = Date.now()
  const differing: string[] = []
  const statuses = new Map<number, number>()
  for (let start = 0; start < paths.length; start += 8)
    await Promise.all(
      paths.slice(start, start + 8).map(async (path) => {
        const [edge, whole] = [
          await answerOf(exports.default, path, keys[key]),
          await answerOf(env.ORACLE, path, keys[key]),
        ]
        statuses.set(edge.status, (statuses.get(edge.status) ?? 0) + 1)
        if (JSON.stringify(edge) !== JSON.stringify(whole))
          differing.push(
            `${path} ${edge.status} ${whole.status} ${JSON.stringify(edge.headers)} ${JSON.stringify(whole.headers)} ${edge.body.slice(0, 300)} ||| ${whole.body.slice(0, 300)}`,
          )
      }),
    )
  console.log(paths.length, Date.now() - t, [...statuses])
  expect(differing).toEqual([])
})
