import { parseYamlConfig } from '../../src/config.ts'
import type { Notifications } from '../../src/config-notify.ts'
import type { Alert } from '../../src/notify/alert.ts'
import type { ChannelContext } from '../../src/notify/channel-context.ts'
import { createHttp } from '../../src/notify/http.ts'
import type { Message } from '../../src/notify/notifier.ts'
import type { Detected } from '../../src/state/incidents.ts'

/** A finding on the 20th of November 2026: 208.55 above the expected 203.55. */
export function finding(given: Partial<Detected> = {}): Detected {
  return {
    incident_id: 'a1b2c3d4e5f60718',
    series: { provider: 'AWS', account: '111122223333', service: 'Amazon EC2', team: 'payments' },
    direction: 'up',
    kind: 'opened',
    date: '2026-11-20',
    detected_on: '2026-11-20',
    onset: '2026-11-19',
    rule: 'frozen_sum',
    score: 7.4,
    actual: '412.10',
    expected: '203.55',
    excess: '208.55',
    currency: 'USD',
    owner: null,
    causes: [
      {
        account: '111122223333',
        service: 'Amazon EC2',
        region: 'eu-west-1',
        usage_type: 'BoxUsage:p5.48xlarge',
        resource: 'i-0abc',
        excess: '201.10',
        is_new: true,
      },
    ],
    ...given,
  }
}

/** The same as an alert on its way to a channel, with a month of history. */
export function alert(given: Partial<Alert> = {}): Alert {
  const { kind: _, date, detected_on: __, score: ___, owner: ____, ...facts } = finding()
  return {
    ...facts,
    change: 'opened',
    state: 'open',
    at: '2026-11-21T07:00:00.000Z',
    severity: 'warning',
    expected_low: '190.00',
    expected_high: '220.00',
    last_day: date,
    owner: 'payments',
    history: Array.from({ length: 30 }, (_, day) => ({
      date: `2026-10-${String(day + 1).padStart(2, '0')}`,
      actual: day > 27 ? '412.10' : '203.55',
      low: '190.00',
      high: '220.00',
    })),
    chart_url: null,
    url: 'https://costwright.example.com/alerts/a1b2c3d4e5f60718',
    reason: null,
    actor: null,
    ...given,
  }
}

/** A first, single message of one alert. */
export function message(given: Partial<Message> = {}): Message {
  return {
    message_id: '0123456789abcdef0123456789abcdef',
    kind: 'single',
    alerts: [alert()],
    created_at: '2026-11-21T07:00:00.000Z',
    repeated: false,
    first_receipt: null,
    ...given,
  }
}

export function channelContext(
  env: Readonly<Record<string, string>>,
  given: Partial<ChannelContext> = {},
): ChannelContext {
  return {
    http: createHttp(given.timeoutMs ?? 2000),
    timeoutMs: 2000,
    env: (name) => env[name],
    now: () => new Date('2026-11-21T07:00:00Z'),
    ...given,
  }
}

/** `notifications:` of a configuration, written as YAML below that key. */
export function notifications(yaml: string): Notifications {
  return parseYamlConfig(`notifications:\n${yaml.replace(/^/gm, '  ')}`).notifications
}
