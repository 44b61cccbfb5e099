import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parseConfig } from '../../src/config.ts'
import { createIdentify } from '../../src/runtime-auth.ts'
import { openDatabase } from '../../src/state/sqlite.ts'
import { startServer } from '../fakes/fault-server.ts'

type Keys = Awaited<ReturnType<typeof generateKeyPair>>

const now = new Date('2026-11-21T12:00:00Z')
const seconds = now.getTime() / 1000
const database = openDatabase(':memory:')
let issuer: Awaited<ReturnType<typeof startServer>>
let own: Keys
let other: Keys
let identify: ReturnType<typeof createIdentify>

beforeAll(async () => {
  own = await generateKeyPair('ES256')
  other = await generateKeyPair('ES256')
  const jwk = { ...(await exportJWK(own.publicKey)), kid: 'one', alg: 'ES256', use: 'sig' }
  issuer = await startServer(({ path }) => {
    const json = (body: object) => ({ headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
    const isDescription = path === '/.well-known/openid-configuration'
    return json(isDescription ? { issuer: issuer.url, jwks_uri: `${issuer.url}/keys` } : { keys: [jwk] })
  })
  const groups = [
    { group: 'finops', role: 'analyst' },
    { group: 'payments', role: 'viewer', teams: ['payments'] },
    { group: 'search', role: 'viewer', teams: ['search', 'maps'] },
  ]
  const { auth } = parseConfig({ auth: { oidc: { issuer: issuer.url, audience: 'costwright', groups } } })
  identify = createIdentify({ config: auth, database, now: () => now, fetch })
})
afterAll(async () => {
  database.close()
  await issuer?.close()
})

interface Told {
  readonly claims?: Record<string, unknown>
  readonly key?: Keys['privateKey']
}

async function who({ claims = {}, key = own.privateKey }: Told = {}) {
  const whole = { iss: issuer.url, aud: 'costwright', sub: 'jane', iat: seconds, exp: seconds + 600, ...claims }
  const token = await new SignJWT(whole).setProtectedHeader({ alg: 'ES256', kid: 'one' }).sign(key)
  return identify(new Request('http://localhost/', { headers: { authorization: `Bearer ${token}` } }))
}

test('groups give role and teams: the highest role, the teams of all, and everything to a group without teams', async () => {
  expect(await who({ claims: { groups: ['payments', 'search'] } })).toEqual({
    ...{ id: 'oidc jane', role: 'viewer', teams: ['maps', 'payments', 'search'] },
  })
  expect(await who({ claims: { groups: ['payments', 'finops'] } })).toEqual({
    ...{ id: 'oidc jane', role: 'analyst', teams: null },
  })
})

test('who is in no group that is named is nobody', async () => {
  expect(await who()).toBeNull()
  expect(await who({ claims: { groups: ['other'] } })).toBeNull()
})

test.each([
  ['another audience', { claims: { aud: 'else', groups: ['finops'] } }],
  ['another issuer', { claims: { iss: 'https://login.example.com', groups: ['finops'] } }],
  ['an end that is past', { claims: { exp: seconds - 120, groups: ['finops'] } }],
  ['no end', { claims: { exp: undefined, groups: ['finops'] } }],
  ['a begin to come', { claims: { nbf: seconds + 120, groups: ['finops'] } }],
])('a token with %s is nobody', async (_, told) => {
  expect(await who(told)).toBeNull()
})

test("a token that another's key signed, that none signed, or that the public key signed as a secret is nobody", async () => {
  expect(await who({ claims: { groups: ['finops'] }, key: other.privateKey })).toBeNull()
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const claims = part({ iss: issuer.url, aud: 'costwright', sub: 'jane', exp: seconds + 600, groups: ['finops'] })
  const bearer = (token: string) => new Request('http://localhost/', { headers: { authorization: `Bearer ${token}` } })
  expect(await identify(bearer(`${part({ alg: 'none' })}.${claims}.`))).toBeNull()
  const secret = new TextEncoder().encode(JSON.stringify(await exportJWK(own.publicKey)))
  const forged = await new SignJWT({ groups: ['finops'] })
    .setProtectedHeader({ alg: 'HS256', kid: 'one' })
    .setIssuer(issuer.url)
    .setAudience('costwright')
    .setSubject('jane')
    .setExpirationTime(seconds + 600)
    .sign(secret)
  expect(await identify(bearer(forged))).toBeNull()
})

test('an issuer that describes itself as another is refused', async () => {
  const { auth } = parseConfig({
    auth: { oidc: { issuer: `${issuer.url}/`, audience: 'x', groups: [{ group: 'a', role: 'viewer' }] } },
  })
  const mistaken = createIdentify({ config: auth, database, now: () => now, fetch })
  const request = new Request('http://localhost/', { headers: { authorization: 'Bearer a.b.c' } })
  await expect(mistaken(request)).rejects.toThrow(/does not describe the issuer/)
})
