import type { Feed, FeedEvent } from '../core/feed.ts'
import type { Incident } from './incidents.ts'
import type { Database, Row } from './sqlite.ts'

/** How often it is looked whether the log has grown, whoever wrote to it. */
const lookMs = 1000
/** Entries of the log that one step looks through, and those of incidents that it gives out. */
const window = 5000
const mostEvents = 100

const entries = `
select a.sequence, a.at, a.actor, a.action, a.subject, a.detail, i.body
from audit a join incidents i on i.incident_id = a.subject
where a.sequence > $after and a.sequence <= $through and a.detail ->> '$.to' is not null order by a.sequence limit ${mostEvents}`

export type Present = (incident: Incident) => object

/**
 * What happens to incidents, from the audit log: `opened`, `changed` and `resolved`, with the log's sequence as ids. While somebody
 * listens, one timer looks once a second whether any process has written.
 *
 * @param present an incident as it is shown
 * @param isSeen whose changes are given out
 */
export function incidentFeed(database: Database, present: Present): (isSeen: (incident: Incident) => boolean) => Feed {
  const listeners = new Set<() => void>()
  let timer: NodeJS.Timeout | null = null
  let known = 0
  const newest = () =>
    Number(database.all('select coalesce(max(sequence), 0) as sequence from audit')[0]?.['sequence'] ?? 0)
  const look = () => {
    const now = newest()
    if (now === known) return
    known = now
    for (const wake of [...listeners]) wake()
  }
  const subscribe = (wake: () => void) => {
    listeners.add(wake)
    if (timer === null) {
      known = newest()
      timer = setInterval(look, lookMs)
    }
    return () => {
      listeners.delete(wake)
      if (listeners.size > 0 || timer === null) return
      clearInterval(timer)
      timer = null
    }
  }
  return (isSeen) => ({
    newest,
    subscribe,
    read(after) {
      const through = Math.min(after + window, newest())
      const rows = database.all(entries, { after, through })
      const read = rows.length === mostEvents ? Number(rows.at(-1)?.['sequence']) : through
      const events = rows.flatMap((row) => {
        const incident = JSON.parse(String(row['body'])) as Incident
        return isSeen(incident) ? [eventOf(row, present(incident))] : []
      })
      return { events, through: Math.max(after, read), isOver: false }
    },
  })
}

const ended: ReadonlySet<unknown> = new Set(['resolved', 'absorbed', 'retracted'])

function eventOf({ sequence, at, actor, action, detail }: Row, alert: object): FeedEvent {
  const { from = null, to = null, reason = null } = JSON.parse(String(detail)) as Readonly<Record<string, unknown>>
  const event = ended.has(to) ? 'resolved' : from === null || ended.has(from) ? 'opened' : 'changed'
  return { id: Number(sequence), event, data: { at, actor, action, from, to, reason, alert } }
}
