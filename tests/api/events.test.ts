import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Hono } from 'hono'
import { afterAll, describe, expect, onTestFinished, test } from 'vitest'
import { eventStream, lastEventId } from '../../src/api/event-stream.ts'
import { createGate } from '../../src/api/gate.ts'
import type { ApiEnv } from '../../src/api/http.ts'
import { createListeners } from '../../src/api/listeners.ts'
import type { Principal } from '../../src/api/principal.ts'
import type { Feed } from '../../src/core/feed.ts'
import { createAlerts } from '../../src/runtime-notify.ts'
import type { Incident } from '../../src/state/incidents.ts'
import { finding, notifications } from '../support/alerts.ts'
import { eventsOf } from '../support/server.ts'

const now = () => new Date('2026-11-21T07:00:00Z')

/** A feed of `count` messages of `size` characters, to which more can be added. */
function numbers(count: number, size = 1) {
  const wakes = new Set<() => void>()
  let newest = count
  const feed: Feed = {
    newest: () => newest,
    read(after) {
      const through = Math.min(after + 50, newest)
      const ids = Array.from({ length: Math.max(0, through - after) }, (_, index) => after + index + 1)
      const events = ids
        .filter((id) => id % 3 !== 0)
        .map((id) => ({ id, event: 'n', data: { text: 'x'.repeat(size) } }))
      return { events, through: Math.max(after, through), isOver: false }
    },
    subscribe(wake) {
      wakes.add(wake)
      return () => wakes.delete(wake)
    },
  }
  const add = (more: number) => {
    newest += more
    for (const wake of wakes) wake()
  }
  return { feed, add, wakes }
}

/** An application whose one route streams the feed. */
function streaming(feed: Feed, beatMs = 60_000, limits = { most: 3, mostOfOne: 2 }) {
  const listeners = createListeners(limits)
  onTestFinished(() => listeners.close())
  const app = new Hono<ApiEnv>()
  app.get('/', (c) => eventStream(c, { feed, after: lastEventId(c, 0), listeners, beatMs }))
  const open = (env: ApiEnv['Bindings'] = {}, headers: Record<string, string> = {}) =>
    app.request('/', { headers }, env)
  return { open, listeners, app }
}

async function take(response: Response, count: number) {
  const ids: number[] = []
  for await (const { id } of eventsOf(response)) if (ids.push(id) >= count) break
  return ids
}

describe('a stream of events', () => {
  test('sends what is there and what comes, and says that proxies are not to hold it back', async () => {
    const { feed, add } = numbers(4)
    const response = await streaming(feed).open()
    expect(Object.fromEntries(response.headers)).toMatchObject({
      ...{ 'content-type': 'text/event-stream', 'x-accel-buffering': 'no', 'cache-control': 'no-store, no-transform' },
    })
    queueMicrotask(() => add(3))
    expect(await take(response, 5)).toEqual([1, 2, 4, 5, 7])
  })

  test('goes on after any id without loss or repetition, wherever it broke', async () => {
    const { feed } = numbers(400)
    const { open } = streaming(feed)
    const all = Array.from({ length: 400 }, (_, index) => index + 1).filter((id) => id % 3 !== 0)
    for (const broken of [1, 2, 49, 50, 51, 133, 266]) {
      const first = await take(await open(), broken)
      const rest = await take(await open({}, { 'last-event-id': String(first.at(-1)) }), all.length - broken)
      expect([...first, ...rest], `broken after ${broken}`).toEqual(all)
    }
  })

  test.each(['x', '-1', '1e3', '9'.repeat(30)])('an id of %s is refused', async (id) => {
    const app = new Hono<ApiEnv>()
    app.get('/', (c) => c.text(String(lastEventId(c, 0))))
    app.onError((error, c) => c.text(error.name, 400))
    expect((await app.request('/', { headers: { 'last-event-id': id } })).status).toBe(400)
  })

  test('shows life, and ends when its listener may no longer listen', async () => {
    const { feed, wakes } = numbers(0)
    const answers = [true, true, true]
    const { open, listeners } = streaming(feed, 5)
    const response = await open({ isCurrent: async () => answers.pop() ?? false })
    const text = await response.text()
    expect(text).toBe('retry: 3000\n\n:\n\n:\n\n:\n\n')
    expect([listeners.count(), wakes.size]).toEqual([0, 0])
  })

  test('learns from the gate when its key has ended, or sees something else', async () => {
    let principal: Principal | null = { id: 'key 1', role: 'viewer', teams: ['a'] }
    let isCurrent: (() => Promise<boolean>) | undefined
    const gate = createGate({
      ...{ identify: async () => principal, admit: () => 0, audit: () => {}, headers: {} },
      appFor: async () => (_request, who) => {
        isCurrent = who.isCurrent
        return new Response('ok')
      },
      requestId: () => 'r',
    })
    await gate(new Request('http://localhost/api/v1/alerts/events'), 'here')
    expect(await isCurrent?.()).toBe(true)
    principal = { ...principal, teams: ['b'] }
    expect(await isCurrent?.()).toBe(false)
    principal = null
    expect(await isCurrent?.()).toBe(false)
  })

  test('drops who does not read, holding little for him, and he misses nothing', async () => {
    const { feed, wakes } = numbers(10_000, 10_000)
    const { open, listeners } = streaming(feed, 5)
    const response = await open()
    await expect.poll(listeners.count).toBe(0)
    expect(wakes.size).toBe(0)
    await expect(response.text()).rejects.toThrow('does not read')
    expect(await take(await open({}, { 'last-event-id': '2' }), 2)).toEqual([4, 5])
  })

  test('is for so many at once, of one caller and in all, and a place is free again when one leaves', async () => {
    const { feed } = numbers(0)
    const { open, listeners, app } = streaming(feed)
    app.onError((error, c) => c.json((error.cause as { status: number }) ?? {}, 429))
    const as = (id: string) => open({ principal: { id, role: 'viewer', teams: null } })
    const [first] = [await as('a'), await as('a')]
    expect((await as('a')).status).toBe(429)
    expect((await as('b')).status).toBe(200)
    expect((await as('c')).status).toBe(429)
    await first.body?.cancel()
    expect((await as('c')).status).toBe(200)
    listeners.close()
    expect((await as('d')).status).toBe(429)
  })

  test('ends with its feed', async () => {
    const events = [{ id: 1, event: 'done', data: {} }]
    const feed: Feed = {
      newest: () => 1,
      read: (after) => ({ events: events.filter(({ id }) => id > after), through: 1, isOver: true }),
      subscribe: () => () => {},
    }
    expect(await (await streaming(feed).open()).text()).toBe('retry: 3000\n\nid: 1\nevent: done\ndata: {}\n\n')
  })
})

describe('events of incidents', () => {
  const folder = mkdtempSync(join(tmpdir(), 'costwright-events-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  const open = (name: string) => {
    const path = join(folder, `${name}.sqlite`)
    const alerts = createAlerts({ path, config: notifications('{}'), now, env: () => undefined })
    onTestFinished(() => alerts.close())
    return alerts
  }
  const run = (...ids: readonly [id: string, team: string][]) => ({
    data_through: '2026-11-20',
    findings: ids.map(([incident_id, team]) => ({
      ...finding({ incident_id, series: { ...finding().series, team } }),
      context: { history: [], expected_low: null, expected_high: null },
    })),
    summaries: [],
  })
  const everything = () => true
  const told = (feed: Feed, after = 0) =>
    feed.read(after).events.map(({ event, data }) => [event, (data['alert'] as Incident).incident_id, data['to']])

  test('tell what opened, changed and ended, by whom, and leave out what is no change of an incident', () => {
    const alerts = open('kinds')
    const feed = alerts.incidentFeed(everything)
    alerts.apply(run(['one', 'a']), null)
    alerts.decide({ incident: 'one', action: 'acknowledge', actor: 'ada' })
    alerts.decide({ incident: 'one', action: 'resolve', actor: 'ada' })
    alerts.plan({
      scope: { team: 'a' },
      start: '2026-12-01',
      end: '2026-12-02',
      direction: null,
      note: null,
      actor: 'ada',
    })
    expect(told(feed)).toEqual([
      ['opened', 'one', 'open'],
      ['changed', 'one', 'acknowledged'],
      ['resolved', 'one', 'resolved'],
    ])
    const [first, second] = feed.read(0).events
    expect(second?.data).toMatchObject({ actor: 'ada', from: 'open', alert: { owner: 'a', state: 'resolved' } })
    expect(told(feed, first?.id)).toHaveLength(2)
    expect(feed.read(feed.newest())).toMatchObject({ events: [], through: feed.newest(), isOver: false })
  })

  test('are those of some teams only for who may see those only', () => {
    const alerts = open('teams')
    alerts.apply(run(['one', 'a'], ['two', 'b'], ['three', '']), null)
    const own = alerts.incidentFeed(({ series }) => series.team === 'b')
    expect(told(own)).toEqual([['opened', 'two', 'open']])
    expect(own.read(0).through).toBe(own.newest())
  })

  test('arrive from another process within two seconds, by one timer that stops when nobody listens', async () => {
    const [alerts, other] = [open('processes'), open('processes')]
    const feed = alerts.incidentFeed(everything)
    const [first, second] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const ends = [feed.subscribe(first.resolve), alerts.incidentFeed(everything).subscribe(second.resolve)]
    const began = performance.now()
    other.apply(run(['one', 'a']), null)
    await Promise.all([first.promise, second.promise])
    expect(performance.now() - began).toBeLessThan(2500)
    expect(told(feed)).toEqual([['opened', 'one', 'open']])
    for (const end of ends) end()
  })

  test('are found far apart in a long log', () => {
    const alerts = open('long')
    alerts.apply(run(['one', 'a']), null)
    alerts.database.transaction(() => {
      for (let count = 0; count < 12_000; count++)
        alerts.database.run(
          `insert into audit (at, actor, action, subject, detail) values ('x', 'x', 'request', '/x', '{}')`,
        )
    })
    alerts.apply(run(['two', 'a']), null)
    const feed = alerts.incidentFeed(everything)
    const found: unknown[] = []
    for (let after = 0; after < feed.newest(); after = feed.read(after).through) found.push(...told(feed, after))
    expect(found).toEqual([
      ['opened', 'one', 'open'],
      ['opened', 'two', 'open'],
    ])
  })
})
