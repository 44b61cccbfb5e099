import { lookup } from 'node:dns/promises'
import { hostname } from 'node:os'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { isInternalAddress } from '../../src/collectors/objects/address.ts'
import { createHttpsStore } from '../../src/collectors/objects/https.ts'
import { createJsonApi } from '../../src/collectors/usage/ask-json.ts'
import { parseConfig } from '../../src/config.ts'
import { checkAddress, isAllowedAddress } from '../../src/notify/address-guard.ts'
import { createHttp } from '../../src/notify/http.ts'
import { createIdentify } from '../../src/runtime-auth.ts'
import { openDatabase } from '../../src/state/sqlite.ts'
import { testContext } from '../collectors/context.ts'
import { type FaultServer, type Handler, startServer } from '../fakes/fault-server.ts'

// docs/api.md, "Where it connects to": what a stranger can influence reaches no host inside the network.
const insides = [
  '127.0.0.1',
  '127.8.8.8',
  '0.0.0.0',
  '169.254.169.254',
  '100.100.100.200',
  '::1',
  '::',
  'fd00:ec2::254',
  'fe80::1',
  '::ffff:169.254.169.254',
  '::ffff:a9fe:a9fe',
  '::ffff:7f00:1',
  '::ffff:0:a9fe:a9fe',
  '64:ff9b::a9fe:a9fe',
  '64:ff9b::127.0.0.1',
  '2002:a9fe:a9fe::1',
  '2002:7f00:1::',
  '::169.254.169.254',
] as const
const outsides = ['93.184.216.34', '2606:2800:220:1::1', '64:ff9b::5db8:d822', '2002:5db8:d822::1'] as const

// A name that is no `localhost` and stands for this machine, as a rebound one would; where the machine has none, that test is skipped.
const here = hostname()
const isLoopbackByName = await lookup(here).then(
  ({ address }) => address.startsWith('127.'),
  () => false,
)

let inner: FaultServer
const servers: FaultServer[] = []
beforeAll(async () => {
  inner = await serve(() => ({ body: 'secret of the inside' }))
})
afterAll(async () => {
  expect(inner.requests, 'nothing inside was asked').toEqual([])
  await Promise.all(servers.map((server) => server.close()))
})
async function serve(handler: Handler): Promise<FaultServer> {
  const server = await startServer(handler)
  servers.push(server)
  return server
}
async function list({ url }: FaultServer): Promise<void> {
  for await (const _ of createHttpsStore({ url: `${url}/focus.csv` }, testContext()).list(''));
}
const portOf = ({ url }: FaultServer) => new URL(url).port

describe('a name that turns out to be an address', () => {
  test.each(insides)('of %s is connected to by no notifier and by no redirect', (address) => {
    expect(isAllowedAddress(address, 'hooks.acme.com')).toBe(false)
    expect(isInternalAddress(address)).toBe(true)
  })

  test.each(outsides)('of %s is, since it is outside', (address) => {
    expect(isAllowedAddress(address, 'hooks.acme.com')).toBe(true)
    expect(isInternalAddress(address)).toBe(false)
  })

  test.skipIf(!isLoopbackByName)(
    'of this machine is refused while connecting, after the address was found good',
    async () => {
      const url = checkAddress(`https://${here}:${portOf(inner)}/hook`, [here], 'hook')
      const call = createHttp(2000).call(url, { method: 'POST', body: '{}', signal: new AbortController().signal })
      await expect(call).rejects.toThrow(/resolves to .*which may not be called/)
    },
  )
})

describe('the address of a channel', () => {
  test.each([
    'https://2852039166/latest',
    'https://0xa9fea9fe/latest',
    'https://0251.0376.0251.0376/latest',
    'https://169.254.43518/latest',
    'https://[::ffff:a9fe:a9fe]/latest',
    'https://[64:ff9b::a9fe:a9fe]/latest',
    'https://[fd00:ec2::254]/latest',
    'https://0/',
  ])('%s is refused even where the configuration names its host', (address) => {
    expect(() => checkAddress(address, [new URL(address).hostname], 'hook')).toThrow(/may be called/)
  })

  test.each([
    'https://hooks.slack.com@169.254.169.254/',
    'https://169.254.169.254/#hooks.slack.com',
    'https://hooks.slack.com.evil.example/',
    'http://hooks.slack.com/',
    'https://evil.example/?hooks.slack.com',
    'gopher://hooks.slack.com/',
  ])('%s in a pressed button of Slack is not called', (address) => {
    expect(() => checkAddress(address, ['hooks.slack.com', 'hooks.slack-gov.com'], 'Slack')).toThrow(/its address/)
  })

  test('is not left by a redirect', async () => {
    const server = await serve(() => ({ status: 307, headers: { location: inner.url } }))
    const call = createHttp(2000).call(new URL(server.url), { method: 'GET', signal: new AbortController().signal })
    await expect(call).rejects.toThrow(/redirects are not followed/)
  })
})

describe('a source', () => {
  test('on this machine may be asked, since the operator named it', async () => {
    const server = await serve(() => ({
      headers: { 'content-type': 'application/json' },
      body: '{"status":"success"}',
    }))
    const api = createJsonApi({ api: 'Prometheus', url: server.url }, testContext())
    await expect(api.ask('a look', '/api/v1/query', {})).resolves.toEqual({ status: 'success' })
  })

  test('that answers queries leads nowhere else', async () => {
    const server = await serve(() => ({ status: 302, headers: { location: inner.url } }))
    const api = createJsonApi({ api: 'OpenCost', url: server.url }, testContext())
    await expect(api.ask('a look', '/allocation', {})).rejects.toThrow(/redirects instead of answering/)
  })

  test.skipIf(!isLoopbackByName)('of files follows no name that stands for this machine', async () => {
    const location = `https://${here}:${portOf(inner)}/`
    await expect(list(await serve(() => ({ status: 302, headers: { location } })))).rejects.toThrow(
      /inside the network/,
    )
  })

  test.each([
    (port: string) => `https://127.2:${port}/`,
    (port: string) => `https://0x7f000002:${port}/`,
    (port: string) => `https://[::ffff:7f00:1]:${port}/`,
    (port: string) => `https://[64:ff9b::7f00:1]:${port}/`,
    (port: string) => `http://127.0.0.2:${port}/`,
    () => 'https://169.254.169.254/latest',
    () => 'https://metadata@10.0.0.1/',
  ])('of files leads to no host inside (%#)', async (location) => {
    const server = await serve(() => ({ status: 302, headers: { location: location(portOf(inner)) } }))
    await expect(list(server)).rejects.toThrow(/inside the network|no https address|holds a password/)
  })
})

describe('the identity provider', () => {
  const now = new Date('2026-11-21T12:00:00Z')
  const identifyAt = (issuer: string) => {
    const groups = [{ group: 'finops', role: 'admin' }]
    const { auth } = parseConfig({ auth: { oidc: { issuer, audience: 'costwright', groups } } })
    return createIdentify({ config: auth, database: openDatabase(':memory:'), now: () => now, fetch })
  }
  const signed = async (issuer: string, header: object) => {
    const { privateKey, publicKey } = await generateKeyPair('ES256')
    const jwk = await exportJWK(publicKey)
    const claims = { iss: issuer, aud: 'costwright', sub: 'eve', groups: ['finops'], exp: now.getTime() / 1000 + 600 }
    const token = await new SignJWT(claims).setProtectedHeader({ alg: 'ES256', jwk, ...header }).sign(privateKey)
    return new Request('http://localhost/', { headers: { authorization: `Bearer ${token}` } })
  }

  test('alone says where its keys are, not the token that a stranger sends', async () => {
    const issuer = await serve(({ path }) => ({
      body: JSON.stringify(path === '/keys' ? { keys: [] } : { issuer: issuer.url, jwks_uri: `${issuer.url}/keys` }),
    }))
    const request = await signed(issuer.url, { jku: `${inner.url}/keys`, x5u: `${inner.url}/chain` })
    expect(await identifyAt(issuer.url)(request)).toBeNull()
  })

  test.each([
    'https://169.254.169.254/keys',
    'https://127.0.0.2/keys',
    'http://10.0.0.1/keys',
    'file:///etc/keys',
    'keys',
  ])('is not believed when its keys are said to be at %s', async (jwks_uri) => {
    const issuer = await serve(() => ({ body: JSON.stringify({ issuer: issuer.url, jwks_uri }) }))
    await expect(identifyAt(issuer.url)(await signed(issuer.url, {}))).rejects.toThrow(/does not describe the issuer/)
  })

  test('is not followed by a redirect, for its description or its keys', async () => {
    const away = { status: 302, headers: { location: inner.url } }
    const moved = await serve(() => away)
    await expect(identifyAt(moved.url)(await signed(moved.url, {}))).rejects.toThrow(/answers 302/)
    const issuer = await serve(({ path }) =>
      path === '/keys' ? away : { body: JSON.stringify({ issuer: issuer.url, jwks_uri: `${issuer.url}/keys` }) },
    )
    expect(await identifyAt(issuer.url)(await signed(issuer.url, {}))).toBeNull()
  })
})
