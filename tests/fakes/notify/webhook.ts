import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Handler } from '../fault-server.ts'

interface Received {
  readonly id: string
  readonly timestamp: number
  readonly body: Readonly<Record<string, unknown>> & { readonly type: string; readonly data: Record<string, unknown> }
}

/** A receiver that verifies as the specification of Standard Webhooks says, written apart from the sender. */
export function createFakeReceiver(secret: string, now: () => Date) {
  const received: Received[] = []
  const handler: Handler = (request) => {
    const header = (name: string) => String(request.headers[`webhook-${name}`] ?? '')
    const timestamp = Number(header('timestamp'))
    if (Math.abs(now().getTime() / 1000 - timestamp) > 300) return { status: 401, body: 'too old' }
    const signed = `${header('id')}.${header('timestamp')}.${request.body.toString()}`
    const key = Buffer.from(secret.slice('whsec_'.length), 'base64')
    const expected = createHmac('sha256', key).update(signed).digest()
    const isSigned = header('signature')
      .split(' ')
      .map((one) => Buffer.from(one.split(',')[1] ?? '', 'base64'))
      .some((given) => given.length === expected.length && timingSafeEqual(given, expected))
    if (!isSigned) return { status: 401, body: 'wrong signature' }
    received.push({ id: header('id'), timestamp, body: JSON.parse(request.body.toString()) })
    return { status: 204 }
  }
  return { handler, received }
}
