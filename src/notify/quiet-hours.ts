import { Cron } from 'croner'
import type { ChannelConfig } from '../config-notify.ts'

type QuietHours = NonNullable<Extract<ChannelConfig, { quiet_hours?: unknown }>['quiet_hours']>
type Digest = NonNullable<Extract<ChannelConfig, { digest?: unknown }>['digest']>

/**
 * Whether an instant lies in the quiet hours of a time zone, by the clock on the wall: from `from` until before `to`, over midnight when
 * `from` is the later one, and all of Saturday and Sunday with `weekend`. Where daylight saving skips or repeats an hour, the wall
 * clock decides.
 *
 * `isQuiet({ from: '19:00', to: '08:00', weekend: false, even_critical: false }, 'Europe/Berlin', new Date('2026-03-29T05:59:00Z'))`
 * is true: it is 07:59 on the day that summer time began
 */
export function isQuiet({ from, to, weekend }: QuietHours, timezone: string, at: Date): boolean {
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone: timezone,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).formatToParts(at)
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.find((one) => one.type === type)?.value ?? ''
  if (weekend && ['Sat', 'Sun'].includes(part('weekday'))) return true
  const clock = `${part('hour')}:${part('minute')}`
  return from <= to ? clock >= from && clock < to : clock >= from || clock < to
}

const weekdays = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday']

/** The first instant after `since` at which a digest goes out. */
export function nextDigest({ every, at, on }: Digest, timezone: string, since: Date): Date {
  const [hour = '8', minute = '0'] = at.split(':')
  const day = every === 'day' ? '*' : String(weekdays.indexOf(on))
  const next = new Cron(`${Number(minute)} ${Number(hour)} * * ${day}`, { timezone }).nextRun(since)
  if (next === null) throw new RangeError(`no digest follows ${since.toISOString()}`)
  return next
}
