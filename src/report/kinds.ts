import type { Section } from './document.ts'
import type { ReportKind } from './names.ts'
import type { Frame, ReportSource } from './source.ts'

/** One report: what it is called, how many pages its PDF has at most, and how its sections are gathered. */
export interface Kind {
  readonly name: string
  readonly title: string
  readonly pages: number | null
  readonly needsTeam: boolean
  gather(source: ReportSource, frame: Frame): Promise<readonly Section[]>
}

const load: Readonly<Record<ReportKind, () => Promise<Kind>>> = {
  executive: async () => (await import('./executive.ts')).executive,
  commitments: async () => (await import('./commitments.ts')).commitments,
  optimisation: async () => (await import('./optimisation.ts')).optimisation,
  tags: async () => (await import('./tags.ts')).tags,
  team: async () => (await import('./team.ts')).team,
}

/** A report's code is loaded when it is made. */
export function loadKind(kind: ReportKind): Promise<Kind> {
  return load[kind]()
}
