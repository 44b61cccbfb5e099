import { UserError } from '../errors.ts'
import type { Section } from './document.ts'
import type { Frame, ReportSource } from './source.ts'

/** One report: what it is called, how many pages its PDF has at most, and how its sections are gathered. */
export interface Kind {
  readonly name: string
  readonly title: string
  readonly pages: number | null
  readonly needsTeam: boolean
  gather(source: ReportSource, frame: Frame): Promise<readonly Section[]>
}

/** Every report; its code is loaded when it is made. */
export const reportKinds = ['executive', 'commitments', 'optimisation', 'tags', 'team'] as const
export type ReportKind = (typeof reportKinds)[number]

const load: Readonly<Record<ReportKind, () => Promise<Kind>>> = {
  executive: async () => (await import('./executive.ts')).executive,
  commitments: async () => (await import('./commitments.ts')).commitments,
  optimisation: async () => (await import('./optimisation.ts')).optimisation,
  tags: async () => (await import('./tags.ts')).tags,
  team: async () => (await import('./team.ts')).team,
}

/** Throws UserError for a report that does not exist. */
export function kindOf(name: string | undefined): ReportKind {
  const kind = reportKinds.find((one) => one === name)
  if (kind) return kind
  throw new UserError(name === undefined ? 'name a report' : `there is no report ${name.slice(0, 60)}`, {
    hint: `Reports: ${reportKinds.join(', ')}.`,
  })
}

export function loadKind(kind: ReportKind): Promise<Kind> {
  return load[kind]()
}
