import { expect, test } from 'vitest'
import { askContainer, type ContainerState } from '../../src/edge/container.ts'
import { readSettings } from '../../src/edge/settings.ts'

test('variables that are left out have defaults, and a prefix ends in one slash', () => {
  expect(readSettings({})).toEqual({
    ...{ prefix: '', originUrl: null, originTimeoutMs: 60_000, serverUrl: null, refreshSeconds: 30 },
    rate: { per_minute: 600, burst: 120 },
  })
  const given = readSettings({ PREFIX: '/costs/edge/', ORIGIN_URL: 'https://costs.example.com/', REFRESH_SECONDS: '0' })
  expect(given).toMatchObject({ prefix: 'costs/edge/', originUrl: 'https://costs.example.com', refreshSeconds: 0 })
  expect(given.serverUrl).toBe('https://costs.example.com')
})

test('variables that are wrong are named together; the server is reached by https and by no path of a request', () => {
  const wrong = {
    ORIGIN_URL: 'http://costs.example.com',
    SERVER_URL: 'https://a@b.example',
    RATE_BURST: '0',
    REFRESH_SECONDS: '1.5',
  }
  expect(() => readSettings(wrong)).toThrow(/ORIGIN_URL: .*SERVER_URL: .*REFRESH_SECONDS: .*RATE_BURST: /s)
  for (const url of [
    'https://costs.example.com/path',
    'https://costs.example.com?x',
    'https://',
    'file:///etc',
    'https://a b',
  ])
    expect(() => readSettings({ ORIGIN_URL: url }), url).toThrow(/ORIGIN_URL/)
})

/** A container whose server listens after so many attempts. */
function container(attempts: number, failure = 'the container is not listening in the TCP address 10.0.0.1:8080') {
  const seen: string[] = []
  const own = { running: false }
  const state: ContainerState = {
    container: {
      get running() {
        return own.running
      },
      start(options: object) {
        seen.push(`start ${JSON.stringify(options)}`)
        own.running = true
      },
      getTcpPort: (port: number) => ({
        async fetch(request: Request) {
          attempts -= 1
          if (attempts > 0) throw new Error(failure)
          seen.push(`${request.method} ${port} ${await request.text()}`)
          return new Response('done')
        },
      }),
    },
  }
  return { state, seen }
}

test('the container is started with the first request, which waits until the server listens', async () => {
  const { state, seen } = container(3)
  const waits: number[] = []
  const wait = async (ms: number) => void waits.push(ms)
  const request = () => new Request('http://server/api/v1/sql', { method: 'POST', body: 'x' })
  expect(await (await askContainer(request(), state, { env: { A: '1' }, wait })).text()).toBe('done')
  expect(seen).toEqual(['start {"enableInternet":true,"env":{"A":"1"}}', 'POST 8080 x'])
  expect(waits).toEqual([500, 500])
  await askContainer(request(), state, { env: {}, wait })
  expect(seen.filter((line) => line.startsWith('start'))).toHaveLength(1)
})

test('a container that never listens, fails otherwise, or is not configured is an error', async () => {
  const options = { env: {}, wait: async () => {} }
  const request = new Request('http://server/')
  await expect(askContainer(request, container(100).state, options)).rejects.toThrow(/does not answer/)
  await expect(askContainer(request, container(2, 'out of memory').state, options)).rejects.toThrow(/out of memory/)
  await expect(askContainer(request, {}, options)).rejects.toThrow(/has no container/)
})
