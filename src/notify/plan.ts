import type { ChannelConfig, Notifications } from '../config-notify.ts'
import { countNews, makeMessage, type Owed, owedTo } from '../state/outbox.ts'
import type { Database } from '../state/sqlite.ts'
import type { Alert, Severity } from './alert.ts'
import { isQuiet, nextDigest } from './quiet-hours.ts'

const hourMs = 3_600_000
const news = ['opened', 'escalated', 'reopened', 'unacknowledged']
const ranks: Readonly<Record<Severity, number>> = { critical: 0, warning: 1, info: 2 }

interface OwedNews extends Owed {
  readonly severity: Severity
}

/**
 * Turns what is owed to a channel into messages, as far as its rules let it go now: systems get every change at once; people get news
 * outside of their quiet hours, in a digest where they want one, and no more an hour than their cap, the rest in one roll-up.
 * What may not go yet stays owed. One transaction, so that each delivery gets into one message.
 */
export function planChannel(
  database: Database,
  channel: ChannelConfig,
  { timezone }: Pick<Notifications, 'timezone'>,
  now: Date,
): void {
  database.transaction(() => {
    const at = now.toISOString()
    const owed = owedTo(database, channel.name)
    const isPeople = 'max_per_hour' in channel
    for (const one of owed) if (!isPeople || !news.includes(one.change)) makeMessage(database, 'single', [one], at)
    if (!isPeople) return
    const fresh = owed
      .filter(({ change }) => news.includes(change))
      .map((one) => ({ ...one, severity: (JSON.parse(one.alert) as Alert).severity }))
    const audible = fresh.filter((one) => isAudible(channel, timezone, one, now))
    if (channel.digest) planDigest(database, { digest: channel.digest, timezone, owed: audible, now })
    else planCapped(database, { channel: channel.name, cap: channel.max_per_hour, owed: audible, now })
  })
}

type PeopleChannel = Extract<ChannelConfig, { max_per_hour: number }>

function isAudible({ quiet_hours }: PeopleChannel, timezone: string, { severity }: OwedNews, now: Date): boolean {
  if (!quiet_hours || (severity === 'critical' && !quiet_hours.even_critical)) return true
  return !isQuiet(quiet_hours, timezone, now)
}

function planDigest(
  database: Database,
  due: {
    digest: NonNullable<PeopleChannel['digest']>
    timezone: string
    owed: readonly OwedNews[]
    now: Date
  },
): void {
  const [first, ...rest] = due.owed
  if (!first || nextDigest(due.digest, due.timezone, new Date(first.created_at)) > due.now) return
  makeMessage(database, 'digest', [first, ...rest], due.now.toISOString())
}

/** The most severe first; the last free place of the hour goes to a roll-up of all that have none. */
function planCapped(
  database: Database,
  { channel, cap, owed, now }: { channel: string; cap: number; owed: readonly OwedNews[]; now: Date },
): void {
  const at = now.toISOString()
  const free = cap - countNews(database, channel, new Date(now.getTime() - hourMs).toISOString())
  if (free <= 0) return
  const ranked = owed.toSorted((a, b) => ranks[a.severity] - ranks[b.severity])
  const alone = ranked.length <= free ? ranked : ranked.slice(0, free - 1)
  for (const one of alone) makeMessage(database, 'single', [one], at)
  const [first, ...rest] = ranked.slice(alone.length)
  if (first) makeMessage(database, 'roll_up', [first, ...rest], at)
}
