import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { describe, expect, test } from 'vitest'
import { createEdge, type EdgeOptions } from '../../src/edge/edge.ts'
import { mapStore } from './map-store.ts'
import { accessKey, smallPublication } from './small-publication.ts'

type Entry = Readonly<Record<string, unknown>>

/** The edge over a publication by hand, with a clock that is set by hand. */
function edgeOver(given: Partial<EdgeOptions> = {}) {
  const publication = smallPublication()
  const { store, read } = mapStore(publication.objects)
  const lines: Entry[] = []
  let clock = Date.parse('2026-11-21T12:00:00Z')
  const fetch = createEdge({
    ...{ store, origin: null, serverUrl: null, refreshSeconds: 30, admit: () => 0 },
    now: () => new Date(clock),
    fetch: async () => new Response(null, { status: 500 }),
    log: (entry) => lines.push(entry),
    ...given,
  })
  return {
    ...publication,
    ...{ store, read, lines },
    later: (seconds: number) => {
      clock += seconds * 1000
    },
    ask: (path: string, token: string | null = null, init: RequestInit = {}) =>
      fetch(
        new Request(`https://edge.example${path}`, {
          ...init,
          headers: { ...(token === null ? {} : { authorization: `Bearer ${token}` }), ...(init.headers as object) },
        }),
      ),
  }
}

const vendors = '/api/v1/queries/cost_by_vendor'
const ownerOf = async (response: Response) => ((await response.json()) as { rows: { owner: string }[] }).rows[0]?.owner
const codeOf = async (response: Response) =>
  [response.status, ((await response.json()) as { type: string }).type.split(':').at(-1)] as const

describe('what is published', () => {
  test('is asked for when nothing is there, and the process lives', async () => {
    const edge = edgeOver()
    expect(await codeOf(await edge.ask(vendors))).toEqual([503, 'not-published'])
    expect((await edge.ask('/readyz')).status).toBe(503)
    expect((await edge.ask('/livez')).status).toBe(200)
    edge.allow({ open: true })
    await edge.publish(null, 's1')
    expect((await edge.ask('/readyz')).status).toBe(200)
    expect(await ownerOf(await edge.ask(vendors))).toBe('all s1')
  })

  test('is followed within the time that is set, and asked for by its etag', async () => {
    const edge = edgeOver()
    edge.allow({ open: true })
    await edge.publish(null, 's1')
    expect(await ownerOf(await edge.ask(vendors))).toBe('all s1')
    const before = edge.read.bytes
    edge.later(31)
    expect(await ownerOf(await edge.ask(vendors))).toBe('all s1')
    expect(edge.read.bytes).toBe(before)
    await edge.publish(null, 's2')
    edge.later(29)
    expect(await ownerOf(await edge.ask(vendors))).toBe('all s1')
    edge.later(2)
    expect(await ownerOf(await edge.ask(vendors))).toBe('all s2')
  })

  test('is one state in one answer, even when another is published while it is made', async () => {
    const publication = smallPublication()
    const { store } = mapStore(publication.objects)
    let swap = async () => {}
    const slow: EdgeOptions['store'] = {
      ...store,
      async open(key, known) {
        if (key.startsWith('objects/')) await swap()
        return store.open(key, known)
      },
    }
    const edge = edgeOver({ store: slow, refreshSeconds: 0 })
    publication.allow({ open: true })
    await publication.publish(null, 's1')
    swap = async () => {
      swap = async () => {}
      await publication.publish(null, 's2')
    }
    const answer = (await (await edge.ask(vendors)).json()) as { rows: object[]; meta: { state: string } }
    expect([answer.rows, answer.meta.state]).toEqual([[{ owner: 'all s1' }], 's1'])
    expect(await ownerOf(await edge.ask(vendors))).toBe('all s2')
  })

  test('is refused when a part is gone, or when it has another format', async () => {
    const edge = edgeOver({ refreshSeconds: 0 })
    edge.allow({ open: true })
    const { answers } = await edge.publish(null, 's1')
    await edge.ask('/api/v1/queries')
    for (const { key } of Object.values(answers)) edge.objects.delete(key)
    const incomplete = await edge.ask(vendors)
    expect(incomplete.headers.get('retry-after')).toBe('30')
    expect(await codeOf(incomplete)).toEqual([503, 'publication-incomplete'])
    edge.objects.set('access.json', new TextEncoder().encode('{"format": 2}'))
    expect(await codeOf(await edge.ask(vendors))).toEqual([503, 'other-format'])
  })
})

describe('who asks at the edge', () => {
  const [all, ended, own] = [
    accessKey('all'),
    accessKey('ended', null, '2026-11-21T12:00:00Z'),
    accessKey('own', ['a', 'b']),
  ]

  test('sees what his key is for, until it ends or is revoked', async () => {
    const edge = edgeOver()
    edge.allow({ keys: [all.key, ended.key, own.key] })
    await edge.publish(null, 's1')
    await edge.publish(['b', 'a'], 's1')
    expect(await ownerOf(await edge.ask(vendors, all.token))).toBe('all s1')
    expect(await ownerOf(await edge.ask(vendors, own.token))).toBe('b,a s1')
    const swapped = `${own.token.slice(0, 16)}${all.token.slice(16)}`
    for (const token of [null, ended.token, swapped, `${all.token}x`, accessKey('other').token, 'cw_'])
      expect((await edge.ask(vendors, token)).status, String(token)).toBe(401)
    edge.allow({ keys: [own.key] })
    edge.later(31)
    expect((await edge.ask(vendors, all.token)).status).toBe(401)
    expect(await ownerOf(await edge.ask(vendors, own.token))).toBe('b,a s1')
  })

  test('is everybody where it is open: a viewer, counted by address', async () => {
    const asked: string[] = []
    const edge = edgeOver({
      admit: (caller) => {
        asked.push(caller)
        return caller.endsWith('9') ? 7 : 0
      },
    })
    edge.allow({ open: true })
    await edge.publish(null, 's1')
    const from = (address: string) => ({ headers: { 'cf-connecting-ip': address } })
    expect(await ownerOf(await edge.ask(vendors, null, from('192.0.2.1')))).toBe('all s1')
    expect((await edge.ask(vendors, null, from('192.0.2.9'))).headers.get('retry-after')).toBe('7')
    expect(asked).toEqual(['address 192.0.2.1', 'address 192.0.2.9'])
    const post = { method: 'POST', body: '{"sql": "select 1"}', headers: { 'content-type': 'application/json' } }
    expect((await edge.ask('/api/v1/sql', null, post)).status).toBe(403)
    expect(edge.lines).toMatchObject([{ kind: 'audit', actor: 'address unknown', action: 'refused' }])
  })

  test('is known by a token of the identity provider; one of groups together needs its own audience', async () => {
    const pair = await generateKeyPair('ES256')
    const issuer = 'https://login.example.com'
    const jwk = { ...(await exportJWK(pair.publicKey)), kid: 'one', alg: 'ES256', use: 'sig' }
    const edge = edgeOver({
      fetch: async (input) =>
        Response.json(String(input).endsWith('/keys') ? { keys: [jwk] } : { issuer, jwks_uri: `${issuer}/keys` }),
    })
    const groups = ['a', 'b'].map((name) => ({ group: name, role: 'viewer' as const, teams: [name] }))
    edge.allow({ oidc: { issuer, audience: 'costs', groups_claim: 'groups', groups } })
    await edge.publish(['a'], 's1')
    const token = (names: string[]) =>
      new SignJWT({
        groups: names,
        iss: issuer,
        aud: 'costs',
        sub: 'jane',
        exp: Date.parse('2026-11-21T13:00:00Z') / 1000,
      })
        .setProtectedHeader({ alg: 'ES256', kid: 'one' })
        .sign(pair.privateKey)
    expect(await ownerOf(await edge.ask(vendors, await token(['a'])))).toBe('a s1')
    expect((await edge.ask(vendors, await token([]))).status).toBe(401)
    const both = await edge.ask(vendors, await token(['a', 'b']))
    expect(await both.clone().text()).toContain('publish.audiences')
    expect(await codeOf(both)).toEqual([501, 'not-at-the-edge'])
  })
})

test('who comes through Cloudflare Access is known by its token, and by the groups that his provider told it', async () => {
  const pair = await generateKeyPair('RS256')
  const issuer = 'https://halden.cloudflareaccess.com'
  const jwk = { ...(await exportJWK(pair.publicKey)), kid: 'one', alg: 'RS256', use: 'sig' }
  const asked: string[] = []
  const edge = edgeOver({
    async fetch(input) {
      asked.push(String(input))
      return Response.json({ keys: [jwk] })
    },
  })
  const groups = [{ group: 'search', role: 'viewer' as const, teams: ['search'] }]
  edge.allow({ oidc: { issuer, audience: 'tag', groups_claim: 'custom.groups', groups } })
  await edge.publish(['search'], 's1')
  const exp = Date.parse('2026-11-21T13:00:00Z') / 1000
  const token = (custom: object, aud = 'tag') =>
    new SignJWT({ custom, iss: issuer, aud: [aud], sub: 'jane', exp })
      .setProtectedHeader({ alg: 'RS256', kid: 'one' })
      .sign(pair.privateKey)
  const ask = async (jwt: Promise<string>) =>
    edge.ask(vendors, null, { headers: { 'cf-access-jwt-assertion': await jwt } })
  expect(await ownerOf(await ask(token({ groups: ['search'] })))).toBe('search s1')
  expect((await ask(token({ groups: ['search'] }, 'other'))).status).toBe(401)
  expect((await ask(token({ groups: ['else'] }))).status).toBe(401)
  expect((await ask(token({}))).status).toBe(401)
  expect(new Set(asked)).toEqual(new Set([`${issuer}/cdn-cgi/access/certs`]))
})

describe('what is not published', () => {
  test('is refused with where the full server is', async () => {
    const edge = edgeOver({ serverUrl: 'https://costs.example.com' })
    edge.allow({ open: true })
    await edge.publish(null, 's1')
    const refused = await edge.ask(`${vendors}?start_date=2026-01-01`)
    expect(refused.status).toBe(501)
    expect(await refused.text()).toContain('Ask the full server at https://costs.example.com.')
  })

  const { key, token } = accessKey('reader')
  const server = 'https://server.example'

  async function proxied(answer: (request: Request) => Promise<Response>, timeoutMs = 1000) {
    const seen: Request[] = []
    const edge = edgeOver({
      origin: {
        ...{ url: server, timeoutMs },
        fetch(request) {
          seen.push(request)
          return answer(request)
        },
      },
    })
    edge.allow({ keys: [key] })
    await edge.publish(null, 's1')
    return { ...edge, seen }
  }

  test('goes on to the full server as it came, without cookies and what belongs to the connection', async () => {
    const edge = await proxied(async () =>
      Response.json(
        { rows: [] },
        { headers: { 'set-cookie': 'a=b', etag: 'W/"x"', connection: 'x-own', 'x-own': '1' } },
      ),
    )
    const body = '{"sql": "select 1"}'
    const headers = {
      'content-type': 'application/json',
      cookie: `a=b; costwright=${token}`,
      'x-forwarded-host': 'evil',
      connection: 'keep-alive, x-hop',
      'x-hop': '1',
    }
    const answer = await edge.ask('/api/v1/sql?x=%2F', null, { method: 'POST', body, headers })
    const [request] = edge.seen
    expect([request?.method, request?.url, await request?.text()]).toEqual(['POST', `${server}/api/v1/sql?x=%2F`, body])
    const sent = Object.fromEntries(request?.headers ?? [])
    expect(sent).toMatchObject({ authorization: `Bearer ${token}`, 'content-type': 'application/json' })
    for (const name of ['cookie', 'x-forwarded-host', 'x-hop', 'connection']) expect(sent).not.toHaveProperty(name)
    expect([answer.status, answer.headers.get('etag'), await answer.json()]).toEqual([200, 'W/"x"', { rows: [] }])
    for (const name of ['set-cookie', 'x-own']) expect(answer.headers.has(name)).toBe(false)
    expect(await ownerOf(await edge.ask(vendors, token))).toBe('all s1')
    expect(edge.seen).toHaveLength(1)
  })

  test('of a page of ours is posted as the own page of the server, and redirects stay at the edge', async () => {
    const edge = await proxied(
      async () => new Response(null, { status: 303, headers: { location: `${server}/alerts/x` } }),
    )
    const headers = { origin: 'https://edge.example', 'content-type': 'application/x-www-form-urlencoded' }
    const answer = await edge.ask('/alerts/x', token, { method: 'POST', body: 'verb=ack', headers })
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/alerts/x'])
    expect([edge.seen[0]?.headers.get('origin'), edge.seen[0]?.headers.get('sec-fetch-site')]).toEqual([
      null,
      'same-origin',
    ])
    const foreign = await edge.ask('/alerts/x', token, {
      method: 'POST',
      body: 'a=b',
      headers: { ...headers, origin: 'https://evil.example' },
    })
    expect([foreign.status, edge.seen.length]).toEqual([403, 1])
  })

  test.each<[string, () => Promise<Response>]>([
    ['cannot be reached', () => Promise.reject(new TypeError('fetch failed'))],
    [
      'is answered for by something else',
      async () => new Response('<html>', { status: 522, headers: { 'content-type': 'text/html' } }),
    ],
  ])('is 502 when the full server %s, and the log says why', async (_, answer) => {
    const edge = await proxied(answer)
    expect(await codeOf(await edge.ask('/api/v1/savings', token))).toEqual([502, 'upstream-failed'])
    expect(edge.lines).toMatchObject([{ kind: 'failure', error: expect.stringMatching(/fetch failed|522/) }])
  })

  test('is 502 when the full server takes too long, and its own refusals are passed on', async () => {
    const never = await proxied(
      (request) =>
        new Promise((_, reject) => request.signal.addEventListener('abort', () => reject(request.signal.reason))),
      20,
    )
    expect((await never.ask('/api/v1/savings', token)).status).toBe(502)
    const problem = { headers: { 'content-type': 'application/problem+json' }, status: 503 }
    const busy = await proxied(async () => new Response('{"type": "urn:costwright:problem:busy"}', problem))
    expect(await codeOf(await busy.ask('/api/v1/savings', token))).toEqual([503, 'busy'])
  })
})
