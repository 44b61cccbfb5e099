import { UserError } from '../errors.ts'

export const savingStates = [
  'proposed',
  'accepted',
  'in_progress',
  'done',
  'verified',
  'dismissed',
  'expired',
  'regressed',
] as const
export type SavingState = (typeof savingStates)[number]

/** Legal moves of a saving (specs/optimisation.md section 6). A finding enters as proposed. */
const moves: Readonly<Record<SavingState, readonly SavingState[]>> = {
  proposed: ['accepted', 'dismissed', 'expired'],
  accepted: ['in_progress', 'done', 'dismissed', 'expired'],
  in_progress: ['done', 'dismissed', 'expired'],
  done: ['verified', 'regressed'],
  verified: ['verified', 'regressed'],
  dismissed: ['proposed', 'accepted'],
  expired: ['proposed', 'accepted'],
  regressed: ['accepted', 'dismissed', 'done'],
}

/** Throws UserError unless a saving may go from one state to the other. */
export function checkMove(from: SavingState, to: SavingState): void {
  if (moves[from].includes(to)) return
  throw new UserError(`a saving that is ${from} cannot become ${to}`, {
    hint: `From ${from} it can become ${moves[from].join(' or ')}.`,
    conflict: true,
  })
}

/** States that a saving may go to from `state`. */
export function movesFrom(state: SavingState): readonly SavingState[] {
  return moves[state]
}
