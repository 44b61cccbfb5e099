import type { SlackDesk } from '../notify/slack-desk.ts'
import type { Context } from '../state/announcer.ts'
import type { AuditEntry } from '../state/audit.ts'
import type { Choice } from '../state/decide.ts'
import type { IncidentFilter } from '../state/incident-store.ts'
import type { Incident } from '../state/incidents.ts'
import type { RecordedRun } from '../state/runs.ts'
import type { Told } from '../state/told.ts'

/** An incident and who is named as its owner. */
export interface OwnedIncident extends Incident {
  readonly owner: string
}

/** How useful alerts were; `share` is actionable ÷ judged, null when nothing was judged. */
export interface Usefulness {
  readonly told: number
  readonly judged: number
  readonly actionable: number
  readonly share: number | null
}

/** One incident: what was decided on it and who was told, oldest first, and the days of its series. */
export interface IncidentFile {
  readonly incident: OwnedIncident
  readonly history: readonly AuditEntry[]
  readonly told: readonly Told[]
  readonly chart: Context
}

/** Incidents as the API and the pages see them, and the decisions on them. */
export interface IncidentDesk {
  /** Newest first. */
  list(filter?: IncidentFilter): readonly OwnedIncident[]
  /** The incident of exactly this id with all that is known of it; null when there is none. */
  find(id: string): IncidentFile | null
  /** Throws UserError when the incident's state does not fit. `actor` defaults to the user that runs the server. */
  decide(choice: Omit<Choice, 'actor'> & { readonly actor?: string | undefined }): {
    readonly incident: OwnedIncident
    readonly told: number
  }
  newestRun(): RecordedRun | null
  /** Buttons in Slack; null where no channel has a signing secret. */
  readonly slack: SlackDesk | null
  usefulness(): Usefulness
}
