import { env, exports } from 'cloudflare:workers'
import { beforeAll, test } from 'vitest'
import { seed } from './published.ts'
let keys: Awaited<ReturnType<typeof seed>>
beforeAll(async () => { const t = Date.now(); keys = await seed(); console.log('seeded', Date.now() - t) })
test('first', async () => {
  const init = { headers: { authorization: `Bearer ${keys.viewer}` } }
  for (const path of ['/api/v1/queries/daily?limit=2', '/', '/api/v1/queries/daily?format=csv', '/alerts', '/api/v1/sources', '/openapi.json']) {
  const [a, b] = await Promise.all([exports.default.fetch('https://costs.example.com' + path, init), env.ORACLE.fetch('https://costs.example.com' + path, init)])
  const [x, y] = [await a.text(), await b.text()]
  console.log(path, a.status, b.status, x.length, y.length, x === y)
  if (x !== y) { let i = 0; while (x[i] === y[i]) i++; console.log(x.slice(i-100, i + 200), '\n------\n', y.slice(i-100, i + 200)) }
  }
})
