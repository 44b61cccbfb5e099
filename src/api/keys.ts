import { Hono } from 'hono'
import { z } from 'zod'
import { jsonBody } from './body.ts'
import { actorOf, wholeDesk } from './desk-access.ts'
import { type ApiEnv, type ApiRequest, refuse } from './http.ts'
import type { KeyDesk } from './key-desk.ts'

const text = (longest: number) => z.string().trim().min(1).max(longest)
const newKey = z.strictObject({
  name: text(100),
  role: z.enum(['viewer', 'analyst', 'admin']).default('viewer'),
  teams: z.array(text(200)).min(1, 'is empty; leave it out for all teams').max(100).optional(),
  expires: z.union([z.iso.date(), z.literal('never')]).optional(),
})
const example = '{"name": "grafana", "role": "viewer", "expires": "2027-06-30"}'
const fresh = { 'cache-control': 'no-store' } as const

/** `/keys`: who may ask, as what, about which teams. */
export function keyRoutes(desk: KeyDesk | undefined): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>()
  const deskFor = (c: ApiRequest) => wholeDesk(c, desk, 'keys')
  app.get('/keys', (c) => c.json({ keys: deskFor(c).list() }, 200, fresh))
  app.post('/keys', async (c) => {
    const keys = deskFor(c)
    const actor = knownActor(c)
    const { teams, expires, ...key } = await jsonBody(c.req.raw, newKey, example)
    const made = keys.create({ ...key, teams: teams ?? null, expires, actor })
    return c.json(made, 201, { ...fresh, location: `/api/v1/keys/${made.key_id}` })
  })
  app.delete('/keys/:key', (c) => {
    const keys = deskFor(c)
    const revoked = keys.revoke(c.req.param('key'), knownActor(c))
    return revoked
      ? c.json(revoked, 200, fresh)
      : refuse({
          status: 404,
          code: 'unknown-key',
          detail: 'there is no such key',
          hint: 'GET /api/v1/keys lists them.',
        })
  })
  return app
}

/** A server that asks nobody hands out no keys: whoever could reach it once would keep one. */
function knownActor(c: ApiRequest): string {
  return (
    actorOf(c) ??
    refuse({
      ...{ status: 403, code: 'nobody-asked', detail: 'keys are changed by a known administrator only' },
      hint: 'Make the first one with `costwright keys add NAME --role admin`; auth.required makes this server ask.',
    })
  )
}
