import type { Book, Listing, Opened } from '../recommend/book.ts'
import type { Filters, Stretch } from '../recommend/filters.ts'
import type { LookBack } from '../recommend/prepare.ts'
import type { Change, Saving } from '../state/ledger.ts'

/** What a person decides on a saving. `actor` defaults to the user that runs the server. */
export type SavingChoice = Omit<Change, 'actor' | 'at' | 'amount' | 'detail'> & { readonly actor?: string | undefined }

/** Recommendations and the ledger of savings as the API and the pages see them. `state` names the data's state, which `use` holds. */
export interface SavingsDesk {
  /** Names the decisions that the lists follow; another number, other lists. */
  revision(): number
  /** Recommendations of the data's state `state`; the rules run when it is first asked for. */
  list(state: string, filters: Filters, stretch: Stretch): Promise<Listing & { readonly look: LookBack | null }>
  open(state: string, findingId: string, charges: Stretch): Promise<Opened | null>
  /** Largest identified amount first; `of` names the state of the savings that are wanted. */
  savings(state: string, of?: string): Promise<readonly Saving[]>
  /** From identified to verified, per currency; columns of queries/recommenders/base/funnel.sql. */
  funnel(state: string): ReturnType<Book['funnel']>
  /** The saving with what happened to it, oldest first; null when there is none. */
  find(state: string, findingId: string): Promise<SavingFile | null>
  /**
   * Advice gets its entry with the first decision on it. Null when neither ledger nor recommendations have this id.
   *
   * @throws UserError (a conflict) when the saving's state does not fit, or when another move on the resource is better
   */
  decide(state: string, findingId: string, choice: SavingChoice): Promise<Saving | null>
}

/** One saving, and what happened to it. */
export interface SavingFile {
  readonly saving: Saving
  readonly history: readonly SavingEvent[]
}

export type SavingEvent = Readonly<Record<string, unknown>>
