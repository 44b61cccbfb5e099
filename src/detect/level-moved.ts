import type { LevelFinding } from './level-finding.ts'
import type { Known } from './level-known.ts'
import type { Part, Parts } from './level-parts.ts'
import { excessOf, moveAlone, sumOf } from './level-split.ts'

type Name = 'provider' | 'account' | 'service' | 'team'

/** Names that stay when cost only changes its tag, or moves to another team, account or service. */
const kept: readonly (readonly Name[])[] = [
  ['provider', 'account', 'service', 'team'],
  ['provider', 'account', 'service'],
  ['provider', 'service', 'team'],
  ['provider', 'account', 'team'],
]

/** What the other leaves lost of what was gained: least and most, as a share. */
const [least, most] = [0.6, 1.5] as const

/** Whether a finding's excess came from, or went to, leaves outside the sum that share all but one name with its parts. */
export function isMoved(finding: LevelFinding, parts: Parts, known: Known): boolean {
  const gained = finding.actual - finding.usual
  const leaves = parts.all.filter(({ level }) => level === 'leaf')
  return kept.some((names) => {
    const key = (part: Part) => names.map((name) => part[name]).join('\u0000')
    const own = new Set(finding.moves.map(({ part }) => key(part)))
    const all = leaves.filter((part) => own.has(key(part))).map((part) => moveAlone(part, finding, known))
    const elsewhere = sumOf(all, excessOf) - gained
    return -elsewhere / gained >= least && -elsewhere / gained <= most
  })
}
