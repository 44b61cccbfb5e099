import type { SavingsDesk } from './api/savings-desk.ts'
import { UserError } from './errors.ts'
import { type Book, openBook } from './recommend/book.ts'
import type { Rule } from './recommend/rules.ts'
import { openLedger } from './state/ledger.ts'
import { userName } from './user-name.ts'
import type { Warehouse } from './warehouse/warehouse.ts'

export interface SavingsOptions {
  /** The state database's file. */
  readonly path: string
  readonly rules: readonly Rule[]
  readonly now: () => Date
  /** A read-only connection to the data's state of this id. */
  readonly open: (state: string) => Promise<Warehouse>
}

/** The desk over the ledger at `path`; recommendations are those of the newest state that was asked for, on the present day. */
export function createSavings({ path, rules, now, open }: SavingsOptions): {
  desk: SavingsDesk
  close(): Promise<void>
} {
  const ledger = openLedger(path)
  let kept: { readonly key: string; readonly book: Promise<Book> } | null = null
  const retire = async () => {
    const old = kept
    kept = null
    await old?.book.then((book) => book.close()).catch(() => undefined)
  }
  const bookOf = (state: string): Promise<Book> => {
    const at = now()
    const key = `${state} ${at.toISOString().slice(0, 10)}`
    if (kept?.key === key) return kept.book
    void retire()
    const book = read(state, at)
    kept = { key, book }
    book.catch(() => {
      if (kept?.book === book) kept = null
    })
    return book
  }
  const read = async (state: string, at: Date) => {
    const warehouse = await open(state)
    try {
      return await openBook({
        ...{ warehouse, rules, now: at, decisions: ledger.decisions, revision: ledger.revision },
        found: (findings) =>
          ledger.propose(
            findings,
            at,
            rules.map(({ id }) => id),
          ),
      })
    } catch (cause) {
      warehouse.close()
      throw cause
    }
  }
  const desk: SavingsDesk = {
    revision: ledger.revision,
    async list(state, filters, stretch) {
      const book = await bookOf(state)
      return { look: book.look, ...(await book.list(filters, stretch)) }
    },
    open: async (state, findingId, charges) => (await bookOf(state)).open(findingId, charges),
    savings: ledger.list,
    funnel: async (state) => (await bookOf(state)).funnel(ledger.list()),
    find(findingId) {
      const saving = ledger.list().find((one) => one.finding_id === findingId)
      return saving ? { saving, history: ledger.events(findingId) } : null
    },
    async decide(state, findingId, { actor, ...choice }) {
      if (!ledger.list().some((one) => one.finding_id === findingId)) {
        const finding = await (await bookOf(state)).find(findingId)
        if (!finding) return null
        if (finding['role'] === 'alternative')
          throw new UserError(`another move on the resource of ${findingId} is better`, {
            hint: 'Dismiss that one, and this one counts.',
          })
        ledger.enter(finding, now())
      }
      return ledger.change(findingId, { ...choice, actor: actor ?? userName(), at: now() })
    },
  }
  return {
    desk,
    async close() {
      await retire()
      ledger.close()
    },
  }
}
