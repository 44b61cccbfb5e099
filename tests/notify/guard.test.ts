import { afterEach, expect, test } from 'vitest'
import { checkAddress, isAllowedAddress } from '../../src/notify/address-guard.ts'
import { createHttp } from '../../src/notify/http.ts'
import { type FaultServer, startServer } from '../fakes/fault-server.ts'

let server: FaultServer | undefined
afterEach(async () => {
  await server?.close()
  server = undefined
})

test.each([
  ['https://hooks.slack.com/services/x', true],
  ['https://prod.westus.logic.azure.com:443/workflows/1', true],
  ['http://127.0.0.1:8080/x', true],
  ['http://hooks.slack.com/services/x', false],
  ['https://hooks.slack.com.evil.example/x', false],
  ['https://logic.azure.com.evil.example/x', false],
  ['https://user:pw@hooks.slack.com/x', false],
  ['https://169.254.169.254/latest/meta-data', false],
  ['https://[fd00:ec2::254]/latest', false],
  ['http://localhost.evil.example/', false],
  ['file:///etc/passwd', false],
  ['ftp://hooks.slack.com/x', false],
  ['nonsense', false],
])('%s may be called: %s', (address, isAllowed) => {
  const hosts = ['hooks.slack.com', '.logic.azure.com', '127.0.0.1', '169.254.169.254', '[fd00:ec2::254]', 'localhost']
  const check = () => checkAddress(address, hosts, 'it')
  if (isAllowed) expect(check().href).toContain(new URL(address).hostname)
  else expect(check).toThrow('channel it: its address')
})

test('a refused address is not repeated, since it may hold a secret', () => {
  const text = 'http://hooks.slack.com/services/T0/B0/s3cr3t'
  expect(() => checkAddress(text, ['hooks.slack.com'], 'it')).toThrow(/^(?!.*s3cr3t)/)
})

test('a host by name must not become this machine or a metadata service by its DNS entry', () => {
  expect(isAllowedAddress('127.0.0.1', 'hooks.acme.com')).toBe(false)
  expect(isAllowedAddress('::1', 'hooks.acme.com')).toBe(false)
  expect(isAllowedAddress('169.254.169.254', 'hooks.acme.com')).toBe(false)
  expect(isAllowedAddress('::ffff:169.254.169.254', 'hooks.acme.com')).toBe(false)
  expect(isAllowedAddress('::ffff:127.0.0.1', 'hooks.acme.com')).toBe(false)
  expect(isAllowedAddress('10.1.2.3', 'jira.acme.internal')).toBe(true)
  expect(isAllowedAddress('127.0.0.1', 'localhost')).toBe(true)
})

const signal = new AbortController().signal
const get = (url: string, timeoutMs = 2000) => createHttp(timeoutMs).call(new URL(url), { method: 'GET', signal })

test('a redirect is a failure and is not followed', async () => {
  server = await startServer(() => ({ status: 302, headers: { location: '/elsewhere' } }))
  await expect(get(server.url)).rejects.toThrow('answered 302 (redirects are not followed)')
  expect(server.requests).toHaveLength(1)
})

test('a service that does not answer, or answers without end, is given up', async () => {
  server = await startServer(() => ({ body: 'x'.repeat(300_000) }))
  server.faults.next({ kind: 'hang' }, { kind: 'slow', bytes: 1, pauseMs: 50 })
  await expect(get(server.url, 100)).rejects.toMatchObject({ code: 'ETIMEDOUT', message: 'no answer within 100 ms' })
  await expect(get(server.url, 100)).rejects.toThrow()
  await expect(get(server.url)).rejects.toThrow('larger than 256000 bytes')
})

test('a message beyond a megabyte is not sent', async () => {
  server = await startServer(() => ({}))
  const body = 'x'.repeat(1_000_001)
  await expect(createHttp(1000).call(new URL(server.url), { method: 'POST', body, signal })).rejects.toThrow(
    '1000001 bytes',
  )
  expect(server.requests).toHaveLength(0)
})
