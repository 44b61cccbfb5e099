import { z } from 'zod'
import { UserError } from '../errors.ts'
import { dayNumber } from './calendar.ts'
import type { Scope } from './scopes.ts'

const name = z.string().optional()
const date = z.string().refine((text) => dayNumber(text) !== null, 'is not a date such as 2025-07-01')
const event = z.strictObject({
  scope: z.strictObject({ provider: name, account: name, service: name, team: name }),
  start: date,
  end: date.optional(),
  per_day: z.number().optional(),
  once: z.number().optional(),
  reason: z.string(),
  included_from: date.optional(),
})
const config = z.looseObject({ events: z.array(event).default([]) })

/** A dated change that history does not show: commitment expiry, end of a credit, price change, migration. */
export type KnownEvent = z.output<typeof event>

/**
 * The known events of a forecast's configuration (JSON text). Amounts are currency units: `per_day` from `start` until `end`
 * (exclusive, default for good), `once` on `start`.
 *
 * @throws UserError that lists every problem with its key
 */
export function parseForecastConfig(text: string, file: string): readonly KnownEvent[] {
  const parsed = config.safeParse(readJson(text, file))
  if (parsed.success) return parsed.data.events
  throw new UserError(
    parsed.error.issues.map((issue) => `${file}: ${issue.path.join('.') || 'file'}: ${issue.message}`).join('\n'),
    {
      hint: 'For example {"events": [{"scope": {"provider": "p"}, "start": "2025-07-01", "per_day": 12.5, "reason": "commitment expires"}]}.',
    },
  )
}

function readJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new UserError(`${file} is not JSON`, { hint: 'Give an object such as {"events": []}.', cause })
  }
}

/**
 * What known events add to a scope on a day, currency units. An event belongs to a scope that names nothing the event does not;
 * it counts in forecasts issued from its `included_from` on, and only while it lies after the origin, since history holds the rest.
 *
 * @param origin day number of the forecast
 * @returns null when no event touches the scope
 */
export function eventAmount(
  events: readonly KnownEvent[],
  { scope }: Pick<Scope, 'scope'>,
  origin: number,
): ((day: number) => number) | null {
  const own = events.filter((one) => {
    const from = one.included_from === undefined ? origin : (dayNumber(one.included_from) as number)
    const isInside = Object.entries(scope).every(
      ([key, value]) => one.scope[key as keyof KnownEvent['scope']] === value,
    )
    return isInside && from <= origin && (dayNumber(one.start) as number) > origin
  })
  if (own.length === 0) return null
  const dated = own.map(({ start, end, per_day = 0, once = 0 }) => ({
    from: dayNumber(start) as number,
    until: end === undefined ? Number.POSITIVE_INFINITY : (dayNumber(end) as number),
    per_day,
    once,
  }))
  return (day) =>
    dated.reduce((sum, one) => {
      const running = day >= one.from && day < one.until ? one.per_day : 0
      return sum + running + (day === one.from ? one.once : 0)
    }, 0)
}
