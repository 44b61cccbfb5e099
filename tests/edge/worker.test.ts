import { describe, expect, test } from 'vitest'
import type { R2Bucket } from '../../src/edge/r2-store.ts'
import worker, { type Env, Server } from '../../src/worker.ts'
import { smallPublication } from './small-publication.ts'

const vendors = '/api/v1/queries/cost_by_vendor'

/** An open publication below `prefix` in a bucket as R2 answers. */
async function bucketOf(prefix = ''): Promise<R2Bucket> {
  const publication = smallPublication()
  publication.allow({ open: true })
  await publication.publish(null, 's1')
  return {
    async get(key, { onlyIf, range } = {}) {
      const bytes = key.startsWith(prefix) ? publication.objects.get(key.slice(prefix.length)) : undefined
      if (!bytes) return null
      const etag = String(bytes.length)
      if (onlyIf?.etagDoesNotMatch === etag) return { etag }
      const part = range ? bytes.slice(range.offset, range.offset + range.length) : bytes
      return { etag, body: new Blob([part]).stream() }
    },
  }
}

const ask = (env: Env, path: string) => worker.fetch(new Request(`https://edge.example${path}`), env)

describe('the Worker', () => {
  test('serves what lies below the prefix of its bucket', async () => {
    const env = { PUBLISHED: await bucketOf('costs/'), PREFIX: 'costs' }
    expect(await (await ask(env, vendors)).json()).toMatchObject({ rows: [{ owner: 'all s1' }], meta: { state: 's1' } })
    expect((await ask({ ...env, PREFIX: '' }, vendors)).status).toBe(503)
  })

  test('counts requests by itself, or by the binding of Cloudflare', async () => {
    const own = { PUBLISHED: await bucketOf(), RATE_PER_MINUTE: '1', RATE_BURST: '2' }
    const statuses = [await ask(own, vendors), await ask(own, vendors), await ask(own, vendors)].map(
      ({ status }) => status,
    )
    expect(statuses).toEqual([200, 200, 429])
    const counted: string[] = []
    const RATE_LIMITER = {
      async limit({ key }: { key: string }) {
        counted.push(key)
        return { success: counted.length < 2 }
      },
    }
    const bound = { ...own, RATE_LIMITER }
    expect((await ask(bound, vendors)).status).toBe(200)
    expect((await ask(bound, vendors)).headers.get('retry-after')).toBe('10')
    expect(counted).toEqual(['address unknown', 'address unknown'])
  })

  test('sends what it cannot answer to the container that is bound', async () => {
    const asked: string[] = []
    const server = {
      async fetch(request: Request) {
        asked.push(request.url)
        return Response.json({ savings: [] })
      },
    }
    const env = { PUBLISHED: await bucketOf(), SERVER: { getByName: () => server } }
    expect(await (await ask(env, '/api/v1/savings?state=done')).json()).toEqual({ savings: [] })
    expect(asked).toEqual(['http://server/api/v1/savings?state=done'])
  })

  test('says which of its variables are wrong', async () => {
    const env = { PUBLISHED: await bucketOf(), ORIGIN_URL: 'http://inside', REFRESH_SECONDS: 'soon' }
    const refused = await ask(env, vendors)
    expect(refused.status).toBe(500)
    expect(await refused.text()).toMatch(/ORIGIN_URL.*REFRESH_SECONDS/)
  })
})

test('the server object gives its container the texts of its environment', async () => {
  const started: unknown[] = []
  const container = {
    running: false,
    start: (options: unknown) => started.push(options),
    getTcpPort: (port: number) => ({ fetch: async () => new Response(String(port)) }),
  }
  const server = new Server({ container }, { AWS_REGION: 'eu-west-1', PUBLISHED: {} })
  expect(await (await server.fetch(new Request('http://server/'))).text()).toBe('8080')
  expect(started).toEqual([{ enableInternet: true, env: { AWS_REGION: 'eu-west-1' } }])
})
