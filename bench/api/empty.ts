import { serve } from '@hono/node-server'
import { Hono } from 'hono'

// A Hono application that answers everything with one body: the most that any route can reach.
process.once('message', (message) => {
  const { body, headers } = message as { body: string; headers: Record<string, string> }
  const app = new Hono()
  app.get('*', (c) => c.body(body, 200, headers))
  serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }, ({ port }) => process.send?.({ port }))
})
