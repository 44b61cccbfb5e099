/** What spellings of one column name share: `Budget Amount`, `budget_amount` and `budgetAmount` are the same. */
export function nameKey(name: string): string {
  return name.replace(/[^\p{L}\p{N}]/gu, '').toLowerCase()
}

/**
 * Position of the column for each input name: the first of its `spellings` (as `nameKey` gives them) that the file has.
 * Names without a column are absent.
 */
export function placesOf(
  spellings: Readonly<Record<string, readonly string[]>>,
  keys: readonly string[],
): Map<string, number> {
  const places = new Map<string, number>()
  for (const [name, candidates] of Object.entries(spellings)) {
    const found = candidates.map((candidate) => keys.indexOf(candidate)).find((place) => place >= 0)
    if (found !== undefined) places.set(name, found)
  }
  return places
}
