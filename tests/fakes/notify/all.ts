import { setTimeout as sleep } from 'node:timers/promises'
import type { Notifications } from '../../../src/config-notify.ts'
import { notifications } from '../../support/alerts.ts'
import { type Handler, startServer } from '../fault-server.ts'
import { createFakeJira } from './jira.ts'
import { createFakeOpsgenie } from './opsgenie.ts'
import { createFakePagerduty } from './pagerduty.ts'
import { createFakeServicenow } from './servicenow.ts'
import { createFakeSlack } from './slack.ts'
import { startFakeSmtp } from './smtp.ts'
import { createFakeTeams } from './teams.ts'
import { createFakeReceiver } from './webhook.ts'

const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
const env = { T: 'token', H: '', HT: '', R: 'R1', K: 'K1', S: secret, U: 'u', P: 'p' }

/** Every channel at once, each answering after a few milliseconds, and the configuration that sends everything to all of them. */
export async function startAllChannels(now: () => Date) {
  const slack = createFakeSlack({ token: env.T })
  const hook = createFakeSlack({ token: env.T })
  const fakes = {
    slack,
    hook,
    teams: createFakeTeams(),
    pagerduty: createFakePagerduty(env.R),
    opsgenie: createFakeOpsgenie(env.K),
    receiver: createFakeReceiver(secret, now),
    jira: createFakeJira(`${env.U}:${env.P}`),
    servicenow: createFakeServicenow(`${env.U}:${env.P}`),
  }
  const smtp = await startFakeSmtp()
  const slowly =
    (handler: Handler): Handler =>
    async (request) => {
      await sleep(2)
      return handler(request)
    }
  const servers = Object.fromEntries(
    await Promise.all(
      Object.entries(fakes).map(async ([name, { handler }]) => [name, await startServer(slowly(handler))] as const),
    ),
  )
  const url = (name: keyof typeof fakes) => String(servers[name]?.url)
  const local = 'hosts: [127.0.0.1]'
  const cap = 'max_per_hour: 1000'
  const config: Notifications = notifications(`
max_age_days: 365
channels:
  - { name: slack, type: slack, token_env: T, channel: C1, endpoint: '${url('slack')}', ${local}, ${cap} }
  - { name: hook, type: slack, url_env: H, ${local}, ${cap} }
  - { name: teams, type: teams, url_env: HT, ${local}, ${cap} }
  - { name: pagerduty, type: pagerduty, routing_key_env: R, endpoint: '${url('pagerduty')}', ${local} }
  - { name: opsgenie, type: opsgenie, api_key_env: K, endpoint: '${url('opsgenie')}', ${local} }
  - { name: receiver, type: webhook, url: '${url('receiver')}', secret_env: S }
  - { name: jira, type: jira, url: '${url('jira')}', user_env: U, token_env: P, project: FIN }
  - { name: servicenow, type: servicenow, url: '${url('servicenow')}', user_env: U, password_env: P }
  - { name: email, type: email, host: 127.0.0.1, port: ${smtp.port}, security: none, from: c@acme.com, to: [a@acme.com], ${cap} }
routes: [{ channels: [slack, hook, teams, pagerduty, opsgenie, receiver, jira, servicenow, email] }]`)
  return {
    ...fakes,
    smtp,
    servers,
    config,
    env: { ...env, H: `${url('hook')}/services/T/B/x`, HT: `${url('teams')}/workflows/1?sig=secret` },
    async close() {
      for (const server of Object.values(servers)) await server.close()
      await smtp.close()
    },
  }
}
