import type { SavingsDesk } from './api/savings-desk.ts'
import { UserError } from './errors.ts'
import { type Book, openBook } from './recommend/book.ts'
import type { Rule } from './recommend/rules.ts'
import { openLedger } from './state/ledger.ts'
import { userName } from './user-name.ts'
import type { HeldStates } from './warehouse/held-states.ts'

export interface SavingsOptions {
  /** The state database's file. */
  readonly path: string
  readonly rules: readonly Rule[]
  readonly now: () => Date
  readonly states: HeldStates
  /**
   * For warehouses of some teams: what is shown and decided on is surely theirs, and what the rules find in their charges alone is not
   * entered as if it were all there is.
   */
  readonly owned?: boolean
}

/** A desk, and what it keeps of each state of the data. */
export interface SavingsKeeper {
  readonly desk: SavingsDesk
  /** Nobody will ask for this state any more. */
  retire(state: string): void
  close(): Promise<void>
}

interface Kept {
  readonly day: string
  readonly book: Promise<Book>
}

/** The desk over the ledger at `path`. The rules run once for each state of the data and day that is asked for. */
export function createSavings({ path, rules, now, states, owned = false }: SavingsOptions): SavingsKeeper {
  const ledger = openLedger(path)
  const kept = new Map<string, Kept>()
  const retire = async (state: string) => {
    const old = kept.get(state)
    kept.delete(state)
    await old?.book.then((book) => book.close()).catch(() => undefined)
  }
  const bookOf = (state: string): Promise<Book> => {
    const at = now()
    const day = at.toISOString().slice(0, 10)
    const known = kept.get(state)
    if (known?.day === day) return known.book
    void retire(state)
    const book = read(state, at)
    kept.set(state, { day, book })
    book.catch(() => {
      if (kept.get(state)?.book === book) kept.delete(state)
    })
    return book
  }
  const read = async (state: string, at: Date) => {
    const warehouse = await states.connect(state)
    const ids = rules.map(({ id }) => id)
    try {
      return await openBook({
        ...{ warehouse, rules, now: at, owned, decisions: ledger.decisions, revision: ledger.revision },
        found: (findings) => (owned ? undefined : ledger.propose(findings, at, ids)),
      })
    } catch (cause) {
      warehouse.close()
      throw cause
    }
  }
  const entries = async (state: string, of?: string) => (await bookOf(state)).own(ledger.list(of))
  const entryOf = async (state: string, findingId: string) => {
    const found = ledger.list().filter(({ finding_id }) => finding_id === findingId)
    return found.length === 0 || !owned ? found[0] : (await (await bookOf(state)).own(found))[0]
  }
  const desk: SavingsDesk = {
    revision: ledger.revision,
    async list(state, filters, stretch) {
      const book = await bookOf(state)
      return { look: book.look, ...(await book.list(filters, stretch)) }
    },
    open: async (state, findingId, charges) => (await bookOf(state)).open(findingId, charges),
    savings: entries,
    funnel: async (state) => (await bookOf(state)).funnel(await entries(state)),
    async find(state, findingId) {
      const saving = await entryOf(state, findingId)
      return saving ? { saving, history: ledger.events(findingId) } : null
    },
    async decide(state, findingId, { actor, ...choice }) {
      if (!(await entryOf(state, findingId))) {
        const finding = await (await bookOf(state)).find(findingId)
        if (!finding) return null
        if (finding['role'] === 'alternative')
          throw new UserError(`another move on the resource of ${findingId} is better`, {
            hint: 'Dismiss that one, and this one counts.',
            conflict: true,
          })
        ledger.enter(finding, now())
      }
      return ledger.change(findingId, { ...choice, actor: actor ?? userName(), at: now() })
    },
  }
  return {
    desk,
    retire: (state) => void retire(state),
    async close() {
      await Promise.all([...kept.keys()].map(retire))
      ledger.close()
    },
  }
}
