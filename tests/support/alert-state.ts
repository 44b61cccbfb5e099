import type { Notifications } from '../../src/config-notify.ts'
import { createAnnouncer } from '../../src/notify/announce.ts'
import { deliver } from '../../src/notify/deliver.ts'
import type { Message, Notifier, Receipt } from '../../src/notify/notifier.ts'
import { applyRun } from '../../src/state/apply-run.ts'
import { type Choice, decide } from '../../src/state/decide.ts'
import { parseDetectionRun } from '../../src/state/detection-run.ts'
import { openDatabase } from '../../src/state/sqlite.ts'

export interface Sent {
  readonly channel: string
  readonly at: string
  readonly message: Message
}

/** State in memory and channels that only remember, with a clock that is set by hand. */
export function alertState(config: Notifications, start = '2026-11-21T07:00:00Z') {
  const database = openDatabase(':memory:')
  const announcer = createAnnouncer(config)
  const sent: Sent[] = []
  const waits: number[] = []
  let failures: unknown[] = []
  let clock = new Date(start)
  const now = () => clock
  const notifier = (name: string): Notifier => ({
    name,
    repeats: 'once',
    takes: 'states',
    deliver(message): Promise<Receipt> {
      const failure = failures.shift()
      if (failure) return Promise.reject(failure)
      sent.push({ channel: name, at: clock.toISOString(), message })
      return Promise.resolve({ id: message.message_id })
    },
  })
  return {
    database,
    sent,
    waits,
    now,
    at(instant: string) {
      clock = new Date(instant)
    },
    fail(...errors: unknown[]) {
      failures = errors
    },
    apply(document: object, given: { tell_since?: string; complete_since?: string } = {}) {
      const { tell_since = '2026-01-01', complete_since = null } = given
      return applyRun(parseDetectionRun(document, 'USD'), {
        database,
        announcer,
        now: clock,
        tell_since,
        complete_since,
      })
    },
    decide: (choice: Choice) => decide(choice, { database, announcer, now: clock }),
    deliver: () =>
      deliver({
        database,
        config,
        open: (channel) => Promise.resolve(notifier(channel.name)),
        now,
        worker: 'test',
        signal: new AbortController().signal,
        random: () => 0.5,
        wait: (ms) => {
          waits.push(ms)
          return Promise.resolve()
        },
      }),
  }
}

/** A document of `detect` with one incident an entry; ids are those of the run. */
export function detection(
  entries: readonly {
    readonly service?: string
    readonly team?: string
    readonly excess?: string
    readonly onset?: string
    readonly kinds?: readonly (readonly [kind: 'opened' | 'escalated' | 'reopened', day: string])[]
    readonly state?: string
    readonly last_day?: string
  }[],
  data_through = '2026-11-20',
): object {
  const full = entries.map((entry, number) => ({
    ...{ service: `service-${number}`, team: 'payments', excess: '208.55', onset: '2026-11-20', state: 'open' },
    ...{ kinds: [['opened', '2026-11-20']] as const, last_day: data_through, id: `run-${number}` },
    ...entry,
  }))
  const seriesOf = ({ service, team }: { service: string; team: string }) => ({
    ...{ provider: 'AWS', account: '1', service, team },
  })
  return {
    schema: 'costwright-alerts/1',
    data_through,
    alerts: full.flatMap((entry) =>
      entry.kinds.map(([kind, day], index) => ({
        ...{ series: seriesOf(entry), date: day, detected_on: day, direction: 'up', score: 5, fired: true, kind },
        ...{ incident_id: entry.id, onset: entry.onset, rule: 'frozen_sum', actual: '412.10', expected: '203.55' },
        excess: index === 0 ? entry.excess : (Number(entry.excess) * 3 * index).toFixed(2),
      })),
    ),
    incidents: full.map((entry) => ({
      ...{ incident_id: entry.id, series: seriesOf(entry), direction: 'up', state: entry.state, onset: entry.onset },
      ...{ last_day: entry.last_day, excess: entry.excess, reason: null },
    })),
  }
}
