import { rmSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type RunningServer, startServer } from '../../src/server.ts'
import { escapes, lookups, wrongBodies, wrongFraming, wrongParameters } from '../support/hostile-requests.ts'
import { type RawAnswer, readAll, request, sendRaw } from '../support/raw-http.ts'
import { servedLake } from '../support/served-lake.ts'

// The real server on its socket: a request must have come within a second, and 40 connections are the most.
let data: string
let server: RunningServer
let port: number
const failures: unknown[] = []

beforeAll(async () => {
  const lake = await servedLake('server: { request_timeout_s: 1, max_connections: 40 }\n', ['1.50', '2.25', '-0.75'])
  data = lake.data
  server = await startServer({
    runtime: lake.runtime,
    port: 0,
    log: (level, what, more) => level === 'error' && failures.push([what, more]),
  })
  port = Number(new URL(server.url).port)
})
afterAll(async () => {
  await server?.close()
  rmSync(data, { recursive: true, force: true })
})
afterEach(async () => {
  expect(failures.splice(0), 'nothing fails that is not the caller’s').toEqual([])
  expect((await get('/api/v1/health')).text).toContain('"status":"ok"')
})

const get = (target: string, headers: Readonly<Record<string, string>> = {}) =>
  request(port, 'GET', target, { headers })
const post = (target: string, body: string | Buffer, headers: Readonly<Record<string, string>> = {}) =>
  request(port, 'POST', target, {
    headers: { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)), ...headers },
    body,
  })
const lines = (...all: readonly string[]) => `${all.join('\r\n')}\r\n\r\n`
const host = () => `Host: 127.0.0.1:${port}`

const posting = (length: string) =>
  lines('POST /api/v1/sql HTTP/1.1', host(), 'Content-Type: application/json', 'Connection: close', length)

/** Nothing of the machine: no folder, no stack, no file of the engine. */
function expectNoLeak({ text }: RawAnswer) {
  expect(text).not.toContain(data)
  expect(text).not.toMatch(/node_modules|\n\s+at |\.duckdb|\/src\/|root:x:/)
}

describe('what is no request', () => {
  test('is refused when its headers are too many or too long', async () => {
    expect((await get('/', { 'x-long': 'x'.repeat(20_000) })).status).toBe(431)
    const many = Object.fromEntries(Array.from({ length: 3000 }, (_, n) => [`x-${n}`, 'v']))
    expect((await get('/', many)).status).toBe(431)
  })

  test('is refused when its address is too long, in the path and in the query', async () => {
    for (const target of [
      `/${'a'.repeat(5000)}`,
      `/api/v1/costs?service=${'a'.repeat(5000)}`,
      `/${'%41'.repeat(1500)}`,
    ])
      expect((await get(target)).status, target.slice(0, 30)).toBe(414)
    expect([414, 431]).toContain((await get(`/${'a'.repeat(30_000)}`)).status)
  })

  test.each([
    'GET',
    'GET / HTTP/9.9',
    'get / http/1.1',
    'BREW / HTTP/1.1',
    'GET /\0 HTTP/1.1',
    '\x16\x03\x01\x02\x00\x01',
    'PRI * HTTP/2.0',
  ])('is refused when it begins with %j', async (line) => {
    const answer = await sendRaw(port, [lines(line, host(), 'Connection: close')])
    expect([0, 400, 405, 505]).toContain(answer.status)
    expectNoLeak(answer)
  })

  test.each(wrongFraming)('is answered once and ends the connection when it has %s', async (_, headers) => {
    const smuggled = `0\r\n\r\nGET /api/v1/smuggled HTTP/1.1\r\n${host()}\r\n\r\n`
    const answer = await sendRaw(port, [
      lines('POST /api/v1/sql HTTP/1.1', host(), 'Content-Type: application/json', ...headers),
      smuggled,
    ])
    expect([400, 415, 421]).toContain(answer.status)
    expect(answer.text.match(/HTTP\/1\.1 \d{3}/g)).toHaveLength(1)
    expect(answer.text).not.toContain('smuggled')
  })

  test('is not answered to a connection that only wants a tunnel', async () => {
    const answers = await Promise.all([
      sendRaw(port, [lines('CONNECT 169.254.169.254:80 HTTP/1.1', host())]),
      sendRaw(port, [lines('GET 169.254.169.254:80 HTTP/1.1', host(), 'Connection: close')]),
      sendRaw(port, [lines('GET http://169.254.169.254/latest HTTP/1.1', host(), 'Connection: close')]),
      sendRaw(port, [lines('OPTIONS * HTTP/1.1', host(), 'Connection: close')]),
    ])
    for (const { status } of answers) expect([0, 400, 405, 421]).toContain(status)
  })
})

describe('who is slow or many', () => {
  test('is cut off in the middle of headers, of a body, and of chunks', async () => {
    const begun = [
      'GET /api/v1/health HTTP/1.1\r\nX-Slow: ',
      `${posting('Content-Length: 100')}{"sql"`,
      `${posting('Transfer-Encoding: chunked')}3\r\n{"s\r\n`,
    ]
    const answers = await Promise.all(begun.map((piece) => sendRaw(port, [piece])))
    for (const { status } of answers) expect([0, 408]).toContain(status)
  })

  test('gets no more connections than there are, and the others go on', async () => {
    const sockets = await Promise.all(Array.from({ length: 60 }, opened))
    const own = await opened()
    expect(own.destroyed || (await silent(own))).toBe(true)
    for (const socket of [...sockets, own]) socket.destroy()
    await expect.poll(async () => (await get('/api/v1/health')).status).toBe(200)
  })

  test('may send requests ahead, and gets the answers in order', async () => {
    const ask = (path: string, end = '') => lines(`GET ${path} HTTP/1.1`, host(), ...(end ? [end] : []))
    const { text } = await sendRaw(port, [
      ...Array.from({ length: 50 }, (_, n) => ask(`/api/v1/nothing-${n}`)),
      ask('/api/v1/nothing-50', 'Connection: close'),
    ])
    expect([...text.matchAll(/there is nothing at \/api\/v1\/nothing-(\d+)/g)].map(([, n]) => Number(n))).toEqual(
      Array.from({ length: 51 }, (_, n) => n),
    )
  })

  test('may download at most four files at once, and leaving makes room', async () => {
    const target = '/api/v1/queries/focus_1_2?format=arrow'
    const many = await Promise.all(Array.from({ length: 12 }, () => get(target)))
    expect(many.every(({ status }) => status === 200 || status === 503)).toBe(true)
    for (let round = 0; round < 8; round += 1) {
      const socket = await opened()
      socket.write(lines(`GET ${target} HTTP/1.1`, host()))
      if (round % 2) await new Promise((resolve) => socket.once('data', resolve))
      socket.destroy()
    }
    await expect.poll(async () => (await get(target)).status).toBe(200)
  })
})

async function opened(): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1' })
  socket.on('error', () => undefined)
  return new Promise((resolve) => {
    for (const event of ['connect', 'close']) socket.once(event, () => resolve(socket))
  })
}

/** Whether a request on this connection is never answered, since the server has closed it. */
async function silent(socket: Socket): Promise<boolean> {
  socket.write(lines('GET /api/v1/health HTTP/1.1', host(), 'Connection: close'))
  return (await readAll(socket)).status === 0
}

describe('a body', () => {
  const sql = '/api/v1/sql'

  test('is refused when it is too long, said or not', async () => {
    expect((await post(sql, `{"sql": "${'x'.repeat(20_000)}"}`)).status).toBe(413)
    const piece = `4000\r\n${'x'.repeat(0x4000)}\r\n`
    const head = posting('Transfer-Encoding: chunked')
    expect((await sendRaw(port, [head, piece, piece, '0\r\n\r\n'])).status).toBe(413)
  })

  test('is refused when it is compressed, whatever it would become', async () => {
    const bomb = gzipSync(Buffer.alloc(10_000_000, 'x'))
    expect((await post(sql, bomb, { 'content-encoding': 'gzip' })).status).toBe(415)
  })

  test.each(wrongBodies)('of %s is refused', async (_, body) => {
    const answer = await post(sql, body)
    expect(answer.status).toBe(400)
    expectNoLeak(answer)
  })

  test('that is no UTF-8 reaches nothing as what it is not', async () => {
    const answer = await post(sql, Buffer.from([0x7b, 0x22, 0x73, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]))
    expect(answer.status).toBe(400)
  })

  test('is refused to methods and addresses that take none', async () => {
    for (const method of ['PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE', 'PROPFIND'])
      expect((await request(port, method, '/api/v1/costs')).status, method).toBe(405)
    expect((await post('/api/v1/costs', '{}')).status).toBe(405)
  })
})

describe('a path', () => {
  test.each(lookups)('below %s leads nowhere else', async (folder) => {
    for (const way of escapes) {
      const answer = await get(`${folder}${way}`)
      expect([400, 404], `${folder}${way}`).toContain(answer.status)
      expectNoLeak(answer)
    }
  })
})

describe('parameters', () => {
  test.each(wrongParameters)('%s are refused', async (search) => {
    const answer = await get(`/api/v1/costs?${search}`)
    expect(answer.status).toBe(400)
    expectNoLeak(answer)
  })

  test.each(['service=%00', 'service=%ff%fe', 'service=%ED%A0%80', "service=' or 1=1--", 'service=%F0%9F%92%A9'])(
    'a value is a value: %s',
    async (search) => {
      const answer = await get(`/api/v1/costs?${search}`)
      expect([200, 400]).toContain(answer.status)
      if (answer.status === 200) expect(answer.text).toContain('"rows":[]')
      expectNoLeak(answer)
    },
  )

  test('a cursor that was changed in any letter tells nothing but its own page', async () => {
    const { text } = await get('/api/v1/costs?group_by=service&limit=1')
    const cursor = /"next_cursor":"([^"]+)"/.exec((await get('/api/v1/queries/focus_1_2?limit=1')).text)?.[1] ?? ''
    expect(text).toContain('"rows":[{')
    expect(cursor).not.toBe('')
    for (let at = 0; at < cursor.length; at += 3) {
      const changed = `${cursor.slice(0, at)}${cursor[at] === 'A' ? 'B' : 'A'}${cursor.slice(at + 1)}`
      const answer = await get(`/api/v1/queries/focus_1_2?limit=1&cursor=${changed}`)
      expect([200, 400, 410], changed).toContain(answer.status)
      expectNoLeak(answer)
    }
  })
})

describe('headers', () => {
  test.each([
    'evil.example',
    '127.0.0.1.evil.example',
    'localhost.evil.example',
    '127.0.0.1@evil.example',
    '[::ffff:169.254.169.254]',
    '127.0.0.1:8080:9',
    'a'.repeat(300),
  ])('a host called %j is refused', async (name) => {
    expect([400, 421]).toContain((await get('/api/v1/health', { host: name })).status)
  })

  test('that name many types, tags or encodings are read in a time that grows with their length', async () => {
    const lists: Readonly<Record<string, string>>[] = [
      { accept: 'a/b;q=0.1,'.repeat(1400) },
      { accept: `text/csv${';'.repeat(14_000)}` },
      { 'accept-encoding': `gzip${' '.repeat(7000)};q=${'0'.repeat(7000)}` },
      { 'accept-encoding': 'gzip;q=0.'.repeat(1500) },
      { 'if-none-match': 'W/"a", '.repeat(2000) },
      { 'if-none-match': ' '.repeat(14_000) },
      { cookie: `${'; '.repeat(7000)}costwright` },
      { authorization: `Bearer${' '.repeat(7000)}x ${'y'.repeat(7000)}` },
    ]
    for (const headers of lists) {
      const before = process.cpuUsage()
      const { status } = await get('/api/v1/queries/cost_by_month', headers)
      expect([200, 406]).toContain(status)
      expect(process.cpuUsage(before).user, JSON.stringify(headers).slice(0, 60)).toBeLessThan(1_000_000)
    }
  })

  test('that would split the answer are not in it', async () => {
    const { text } = await get('/queries/cost_by_month%0d%0aset-cookie:%20a=b', { 'x-request-id': 'mine' })
    expect(text.toLowerCase()).not.toContain('\r\nset-cookie')
    expect(text).not.toMatch(/x-request-id: mine/i)
  })
})
