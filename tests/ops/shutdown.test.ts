import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { Agent, get, type IncomingMessage, request } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { type Running, start } from '../acceptance/processes.ts'
import { oneDayOfCharges } from '../support/one-day.ts'

const rows = 24_000
let data: string
beforeAll(async () => {
  data = await oneDayOfCharges(rows)
}, 120_000)
afterAll(() => rmSync(data, { recursive: true, force: true }))

/** A server in a process of its own, when it takes requests. */
async function serving(folder: string, server = 'grace_seconds: 30'): Promise<Running & { readonly url: string }> {
  writeFileSync(join(folder, 'costwright.yaml'), `server: { ${server} }\n`)
  const running = start(['serve', '--port', '0'], folder)
  onTestFinished(() => {
    running.child.kill('SIGKILL')
  })
  let said = ''
  for await (const chunk of running.child.stdout ?? []) {
    said += String(chunk)
    const url = /serving (\S+)/.exec(said)?.[1]
    if (url) return { ...running, url }
  }
  throw new Error(`no server: ${(await running.ended).output}`)
}

const answerTo = async (url: string, agent?: Agent): Promise<IncomingMessage> => {
  const asked = get(url, agent ? { agent } : { agent: false })
  const [answer] = (await once(asked, 'response')) as [IncomingMessage]
  return answer
}

describe('a server that is told to stop', () => {
  test('sends a slow reader the last byte of a download, takes nobody else, and ends well', async () => {
    const { child, ended, url } = await serving(data)
    const query = '/api/v1/queries/charges_of_day?date=2026-10-05&limit=1000000&format=csv'
    const answer = await answerTo(`${url}${query}`, new Agent({ keepAlive: true }))
    let [lines, last, closed] = [0, '', false]
    child.once('exit', () => {
      closed = true
    })
    child.kill('SIGTERM')
    for (let refused = false; !refused; )
      refused = await fetch(`${url}/livez`).then(
        () => false,
        () => true,
      )
    expect([closed, answer.readableEnded]).toEqual([false, false])
    for await (const chunk of answer) {
      lines += (chunk as Buffer).filter((byte) => byte === 10).length
      last = (chunk as Buffer).toString().slice(-1)
    }
    expect([lines, last, answer.complete]).toEqual([rows + 1, '\n', true])
    const { code, output } = await ended
    expect(code).toBe(0)
    const events = output
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('serving '))
      .map((line) => JSON.parse(line) as { readonly event: string })
    expect(events).toContainEqual(expect.objectContaining({ event: 'stopping', signal: 'SIGTERM', level: 'info' }))
  })

  test('is not ready while those who pass requests on drain it, but answers, and then waits for no connection that rests', async () => {
    const { child, ended, url } = await serving(data, 'drain_seconds: 4')
    expect((await fetch(`${url}/readyz`)).status).toBe(200)
    const agent = new Agent({ keepAlive: true })
    onTestFinished(() => agent.destroy())
    for await (const _ of await answerTo(`${url}/livez`, agent));
    const silent = connect(Number(new URL(url).port), '127.0.0.1')
    await once(silent, 'connect')
    silent.on('error', () => {})
    child.kill('SIGTERM')
    const before = performance.now()
    let ready: Response
    do ready = await fetch(`${url}/readyz`)
    while (ready.status === 200)
    expect([ready.status, ready.headers.get('connection')]).toEqual([503, 'close'])
    expect((await fetch(`${url}/api/v1/health`)).status).toBe(200)
    expect((await ended).code).toBe(0)
    expect(performance.now() - before).toBeLessThan(20_000)
  })

  test('cuts off what runs longer than the grace, and with a second signal at once', async () => {
    for (const again of [false, true]) {
      const { child, ended, url } = await serving(data, `grace_seconds: ${again ? 600 : 1}`)
      const query = '/api/v1/queries/charges_of_day?date=2026-10-05&limit=1000000&format=csv'
      const answer = await answerTo(`${url}${query}`)
      answer.on('error', () => {})
      child.kill('SIGTERM')
      if (again) {
        for (let refused = false; !refused; )
          refused = await fetch(`${url}/livez`).then(
            () => false,
            () => true,
          )
        child.kill('SIGTERM')
      }
      expect((await ended).code).toBe(again ? 143 : 0)
      answer.destroy()
    }
  })
})

test('before the first data a server is alive and not ready, with /livez for every method that reads', async () => {
  const empty = mkdtempSync(join(tmpdir(), 'costwright-empty-'))
  onTestFinished(() => rmSync(empty, { recursive: true, force: true }))
  const { child, ended, url } = await serving(empty)
  const [live, ready] = [await fetch(`${url}/livez`), await fetch(`${url}/readyz`)]
  expect([live.status, await live.text(), ready.status, await ready.text()]).toEqual([
    200,
    'alive\n',
    503,
    'not ready\n',
  ])
  const head = request(`${url}/livez`, { method: 'HEAD', agent: false }).end()
  expect(((await once(head, 'response')) as [IncomingMessage])[0].statusCode).toBe(200)
  child.kill('SIGINT')
  expect((await ended).code).toBe(0)
  expect(existsSync(empty)).toBe(true)
})
