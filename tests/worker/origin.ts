import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'
import { createEdge } from '../../src/edge/edge.ts'
import { r2Store } from '../../src/edge/r2-store.ts'
import { type EstateKeys, estateUrl } from '../support/small-estate-facts.ts'

/** A Worker with the full server behind it gives every answer, in the runtime that it is for. */
export function behindTheEdge(keys: () => EstateKeys): void {
  const failures: unknown[] = []
  const edge = createEdge({
    store: r2Store(env.PUBLISHED, ''),
    origin: { url: 'https://server.example', timeoutMs: 20_000, fetch: (request) => env.ORACLE.fetch(request) },
    ...{ serverUrl: null, refreshSeconds: 0, admit: () => 0, now: () => new Date(), fetch },
    log: (entry) => entry['kind'] === 'failure' && failures.push(entry),
  })
  const ask = (path: string, init: RequestInit = {}) =>
    edge(new Request(`${estateUrl}${path}`, { redirect: 'manual', ...init }))

  test('a Worker with the full server behind it answers what is not published', async () => {
    const headers = { authorization: `Bearer ${keys().admin}` }
    for (const path of ['queries/daily?as_of=2030-01-01&limit=3', 'queries/months?format=arrow', 'savings', 'audit']) {
      const answer = await ask(`/api/v1/${path}`, { headers })
      expect(answer.status, path).toBe(200)
      expect((await answer.arrayBuffer()).byteLength, path).toBeGreaterThan(100)
    }
    const post = { method: 'POST', body: '{"sql": "select 41 + 1 as x"}' }
    const rows = await ask('/api/v1/sql', { ...post, headers: { ...headers, 'content-type': 'application/json' } })
    expect(await rows.json()).toMatchObject({ rows: [{ x: 42 }] })
    expect((await ask('/api/v1/sql', { ...post, headers: { 'content-type': 'application/json' } })).status).toBe(401)
    expect((await ask('/savings', { headers: { cookie: `costwright=${keys().viewer}` } })).status).toBe(200)
    expect(failures).toEqual([])
  })
}
