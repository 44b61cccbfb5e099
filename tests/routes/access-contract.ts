import { describe, expect, test } from 'vitest'
import { type EstateKeys, estateUrl } from '../support/small-estate-facts.ts'
import type { Call } from './contract.ts'

/** Requests that one caller may send at once in every subject. */
export const burst = 400

/** Who is let in, how often, and what watches the process. */
export function accessContract(call: Call, keys: () => EstateKeys): void {
  describe('who asks', () => {
    test('is not asked where processes and browsers begin', async () => {
      const answers = await Promise.all(['/livez', '/readyz', '/login'].map((path) => call(path, null)))
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200])
      expect(await answers[0]?.text()).toBe('alive\n')
    })

    test('must be known', async () => {
      for (const path of ['/api/v1/queries', '/openapi.json', '/nothing', '/'])
        expect((await call(path, null)).status, path).toBe(401)
      const refused = await call('/api/v1/queries', 'ended')
      expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([401, 'Bearer realm="costwright"'])
      const foreign = { headers: { authorization: `Bearer cw_000000000000_${'A'.repeat(43)}` } }
      expect((await call('/api/v1/queries', null, foreign)).status).toBe(401)
      const page = await call('/', null, { headers: { accept: 'text/html' } })
      expect([page.status, page.headers.get('location')]).toEqual([303, '/login'])
    })

    test('needs the role', async () => {
      const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"sql": "select 1"}' }
      expect((await call('/api/v1/sql', 'viewer', init)).status).toBe(403)
      expect((await call('/api/v1/audit', 'viewer')).status).toBe(403)
    })

    test('logs in with a key, and stays so by a cookie', async () => {
      const login = (key: string, origin = estateUrl) => {
        const body = `key=${key}`
        const type = { 'content-type': 'application/x-www-form-urlencoded', 'content-length': String(body.length) }
        return call('/login', null, { method: 'POST', body, headers: { ...type, origin } })
      }
      expect((await login('x')).status).toBe(401)
      expect((await login(keys().viewer, 'https://elsewhere.example')).status).toBe(403)
      const done = await login(keys().viewer)
      expect([done.status, done.headers.get('location')]).toEqual([303, '/'])
      expect(done.headers.get('set-cookie')).toMatch(/; Path=\/; HttpOnly; SameSite=Strict; Secure$/)
      const cookie = done.headers.get('set-cookie')?.split(';')[0] ?? ''
      expect((await call('/', null, { headers: { cookie } })).status).toBe(200)
    })

    test('is told to wait above the rate, and nobody else is', async () => {
      const answers = await Promise.all(Array.from({ length: burst + 20 }, () => call('/api/v1/health', 'flooding')))
      const late = answers.filter(({ status }) => status === 429)
      expect(late.length).toBeGreaterThan(0)
      expect(Number(late[0]?.headers.get('retry-after'))).toBeGreaterThan(0)
      expect((await call('/api/v1/health', 'viewer')).status).toBe(200)
    })

    test('gets a request id and the security headers with every answer', async () => {
      const answers = await Promise.all([
        call('/api/v1/health'),
        call('/nothing'),
        call('/', null),
        call('/livez', null),
      ])
      const ids = answers.map(({ headers }) => headers.get('x-request-id'))
      expect(new Set(ids).size).toBe(4)
      expect(ids).not.toContain(null)
      for (const { headers } of answers) expect(headers.get('x-frame-options')).toBe('DENY')
    })
  })
}
